import type {
  CalendarTimetable,
  Timetable,
} from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { ScheduleSection } from '.';

jest.setTimeout(30_000);

const user = userEvent.setup({ delay: null });

// Hundreds are slow without a browser.
jest
  .spyOn(Intl, 'supportedValuesOf')
  .mockReturnValue(['Europe/Berlin', 'Europe/Lisbon']);

const cluster = aCluster();
const working: Timetable = {
  sleep: '0 20 * * 1-5',
  wake: '0 7 * * 1-5',
  timeZone: 'Europe/Berlin',
};

async function show(change: (api: MemoryKubesmithApi) => void = () => {}) {
  const api = new MemoryKubesmithApi([cluster]);
  change(api);
  const view = await renderWithApi(<ScheduleSection cluster={cluster} />, {
    api,
  });
  return { api, ...view };
}

const press = async (name: string | RegExp) =>
  user.click(await screen.findByRole('button', { name }));

async function fillIn(field: HTMLElement, text: string) {
  await user.clear(field);
  if (text) await user.type(field, text);
}

describe('ScheduleSection', () => {
  it('says when there is none, and nothing more to those who may not set one', async () => {
    await show(api => {
      api.schedule = { can: { change: false } };
    });
    expect(await screen.findByText(/^None: it sleeps/)).toBeInTheDocument();
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('tells the timetable in words, what comes next in its zone, and until when it stays awake', async () => {
    await show(api => {
      api.schedule = {
        timetable: working,
        setBy: 'user:default/student-1',
        setAt: '2026-11-21T10:00:00.000Z',
        snoozedUntil: '2026-11-23T22:00:00.000Z',
      };
    });
    expect(
      await screen.findByText(
        'Awake Monday to Friday from 07:00 to 20:00 (Europe/Berlin), asleep otherwise.',
      ),
    ).toBeInTheDocument();
    const next = within(
      screen.getByRole('list', { name: 'What comes next' }),
    ).getAllByRole('listitem');
    expect(next.map(item => item.textContent)).toEqual([
      expect.stringMatching(/^Mon,? 23 Nov 2026.*20:00 CET: goes to sleep$/),
      expect.stringMatching(/^Tue,? 24 Nov 2026.*07:00 CET: wakes$/),
    ]);
    expect(screen.getByRole('status')).toHaveTextContent(
      /does not go to sleep before .*23:00 CET/,
    );
    await press('By the timetable again');
    await waitFor(() => expect(screen.queryByRole('status')).toBeNull());
  });

  it('sets hours of the week, and shows what they would do before', async () => {
    const { api } = await show();
    const preview = jest.spyOn(api, 'previewSchedule');
    await press('Set a timetable');
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('checkbox', { name: 'Friday' }));
    await fillIn(dialog.getByRole('textbox', { name: 'From' }), '8:30');
    await fillIn(dialog.getByRole('textbox', { name: 'To' }), '18:00');
    const wanted = {
      wake: '30 8 * * 1-4',
      sleep: '0 18 * * 1-4',
      timeZone: expect.any(String),
    };
    await waitFor(() =>
      expect(preview).toHaveBeenLastCalledWith({ timetable: wanted }),
    );
    expect(
      await dialog.findByText(/^Awake Monday to Thursday from 08:30 to 18:00/),
    ).toBeInTheDocument();
    await press('Set timetable');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(api.schedule.timetable).toEqual(wanted);
    expect(
      await screen.findByText(/^Awake Monday to Thursday/),
    ).toBeInTheDocument();
  });

  it('does not set what is not filled in, or nonsense', async () => {
    await show();
    await press('Set a timetable');
    const dialog = within(await screen.findByRole('dialog'));
    const set = dialog.getByRole('button', { name: 'Set timetable' });
    expect(set).toBeEnabled();
    await fillIn(dialog.getByRole('textbox', { name: 'From' }), '7');
    expect(set).toBeDisabled();
    await fillIn(dialog.getByRole('textbox', { name: 'From' }), '20:00');
    expect(set).toBeDisabled();
    await fillIn(dialog.getByRole('textbox', { name: 'From' }), '07:00');
    expect(set).toBeEnabled();
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'])
      await user.click(dialog.getByRole('checkbox', { name: day }));
    expect(set).toBeDisabled();
  });

  it('opens patterns that are not that simple as patterns, and says beside the field what is wrong', async () => {
    const { api } = await show(mock => {
      mock.schedule = {
        timetable: { sleep: '0 20 1 * *', timeZone: 'Europe/Berlin' },
      };
    });
    api.schedulePreview = ({ timetable: { sleep } = working }) => ({
      problems:
        sleep === '0 20 1 * *'
          ? []
          : [
              {
                field: 'sleep',
                code: 'KUBESMITH-CRON-INVALID',
                message: `'${sleep}' is no time that can be used.`,
                remedy: 'Write it otherwise.',
              },
            ],
      next: [],
    });
    await press('Change timetable');
    const dialog = within(await screen.findByRole('dialog'));
    const field = dialog.getByRole('textbox', { name: 'Goes to sleep at' });
    expect(field).toHaveValue('0 20 1 * *');
    expect(dialog.getByRole('textbox', { name: 'Wakes at' })).toHaveValue('');
    await fillIn(field, 'at night');
    await waitFor(() => expect(field).toBeInvalid());
    expect(
      await dialog.findByText(/'at night' is no time that can be used/),
    ).toBeInTheDocument();
    await press('Set timetable');
    expect(
      await dialog.findByText(/The timetable was not set/),
    ).toBeInTheDocument();
    expect(api.schedule.timetable?.sleep).toBe('0 20 1 * *');
  });

  it('takes a calendar file, of which nothing but times is sent, and says how far it is known', async () => {
    const known: CalendarTimetable = {
      timeZone: 'Europe/Berlin',
      times: 12,
      goesOn: true,
      knownUntil: '2028-11-21T23:00:00.000Z',
    };
    const { api } = await show(mock => {
      mock.schedulePreview = ({ calendar }) => ({
        problems: [],
        next: [],
        ...(calendar && { calendar: known }),
      });
    });
    const set = jest.spyOn(api, 'setSchedule');
    await press('Set a timetable');
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('radio', { name: 'Calendar file' }));
    const button = dialog.getByRole('button', { name: 'Set timetable' });
    expect(button).toBeDisabled();
    const choose = async (text: string, name: string) => {
      const file = new File([text], name, { type: 'text/calendar' });
      // jsdom's files cannot be read like those of browsers.
      file.text = async () => text;
      const input = 'input[type=file]';
      await user.upload(
        dialog.getByLabelText('Calendar file', { selector: input }),
        file,
      );
    };
    await choose('x'.repeat(5 * 1024 * 1024), 'all.ics');
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      /'all.ics' was not taken: it has more than 4 MiB/,
    );
    await choose(
      'BEGIN:VEVENT\r\nSUMMARY:Exam\r\nDTSTART:20261123T080000Z\r\nEND:VEVENT',
      'labs.ics',
    );
    expect(await dialog.findByText('labs.ics')).toBeInTheDocument();
    expect(dialog.queryByRole('alert')).toBeNull();
    expect(
      await dialog.findByText(/^12 times until .* The calendar goes on/),
    ).toBeInTheDocument();
    await user.click(button);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(set).toHaveBeenCalledWith(cluster.id, {
      calendar: {
        ics: 'BEGIN:VEVENT\r\nDTSTART:20261123T080000Z\r\nEND:VEVENT',
        timeZone: expect.any(String),
      },
    });
    expect(
      await screen.findByText(/^Awake during the events of a calendar file/),
    ).toBeInTheDocument();
    await press('Change timetable');
    expect(
      await screen.findByRole('radio', { name: 'Calendar file' }),
    ).toBeChecked();
  });

  it('keeps the cluster awake until a time, and takes the timetable away after a question', async () => {
    const { api } = await show(mock => {
      mock.schedule = { timetable: working };
    });
    await press('Stay awake');
    await press('Keep awake');
    await waitFor(() => expect(api.schedule.snoozedUntil).toMatch(/Z$/));
    await press('Remove the timetable');
    expect(api.schedule.timetable).toBeDefined();
    await press('Remove timetable');
    await waitFor(() => expect(api.schedule.timetable).toBeUndefined());
    expect(await screen.findByText(/^None: it sleeps/)).toBeInTheDocument();
  });

  it('says when it cannot be read', async () => {
    await show(api => {
      api.getSchedule = async () => {
        throw new Error('no answer');
      };
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The timetable could not be read',
    );
  });
});
