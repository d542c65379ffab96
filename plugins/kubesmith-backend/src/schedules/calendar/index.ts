export { calendarEdges, type CalendarTimetable } from './CalendarTimetable';
export { CalendarError, readCalendar } from './readCalendar';
