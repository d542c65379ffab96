export { ScheduleSection } from './ScheduleSection';
export { TimetableFields } from './TimetableFields';
export {
  isFilledIn,
  newDraft,
  timetableOf,
  toDraft,
  type TimetableDraft,
} from './timetableDraft';
