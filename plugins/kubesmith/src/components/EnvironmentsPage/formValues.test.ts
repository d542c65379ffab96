import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { anEnvironmentRecord } from '../../__testUtils__/records';
import type { TimetableDraft } from '../Schedule';
import { sortProblems, toDraft, toValues } from './formValues';

describe('the values of the form', () => {
  it('come back as they were read', () => {
    const record = anEnvironmentRecord({ description: 'Two\nlines' });
    const {
      source,
      retired,
      version,
      createdAt,
      updatedAt,
      clusters,
      addresses,
      sharesPoolWith,
      can,
      ...described
    } = record;
    expect(toDraft(toValues(record))).toEqual(described);
  });

  it.each([
    { sleep: '0 20 * * 1-5', wake: '0 7 * * 1-5', timeZone: 'Europe/Berlin' },
    { sleep: '0 20 1 * *', timeZone: 'UTC' },
  ])('keep the timetable %j', timetable => {
    const record = anEnvironmentRecord({ timetable });
    expect(toDraft(toValues(record)).timetable).toEqual(timetable);
  });

  it('send a timetable that is not filled in as it is, and none when there is to be none', () => {
    const values = toValues(
      anEnvironmentRecord({
        timetable: {
          sleep: '0 20 * * 1-5',
          wake: '0 7 * * 1-5',
          timeZone: 'UTC',
        },
      }),
    );
    const timetable = { ...(values.timetable as TimetableDraft), to: 'late' };
    expect(toDraft({ ...values, timetable }).timetable).toEqual({
      sleep: 'late',
      wake: '07:00',
      timeZone: 'UTC',
    });
    expect(toDraft({ ...values, timetable: undefined })).not.toHaveProperty(
      'timetable',
    );
  });

  it('say nothing about what is left empty', () => {
    expect(toDraft(toValues({}))).toEqual({
      members: [],
      sizes: [],
      kubernetesVersions: [],
      pool: { dnsServers: [] },
      proxmox: { hosts: [] },
    });
    expect(toValues({})['pool.quarantineMinutes']).toBeNaN();
  });

  it('take lists with commas, blanks and empty lines', () => {
    const values = {
      ...toValues({}),
      kubernetesVersions: ' a,b\n\n c ',
      title: ' T ',
    };
    expect(toDraft(values)).toMatchObject({
      kubernetesVersions: ['a', 'b', 'c'],
      title: 'T',
    });
  });

  it('get each problem at its field', () => {
    const problem = (field: string) =>
      fieldProblem(field, 'KUBESMITH-ENVIRONMENT-INVALID', {
        field,
        remedy: `Mend ${field}.`,
      });
    const { byField, rest } = sortProblems([
      problem('members.1'),
      problem('proxmox.vmids'),
      problem('pool.first'),
      problem('pool.first'),
      problem('elsewhere'),
    ]);
    expect([...byField]).toEqual([
      ['members', 'Mend members.1.'],
      ['proxmox.vmids.first', 'Mend proxmox.vmids.'],
      ['pool.first', 'Mend pool.first. Mend pool.first.'],
    ]);
    expect(rest).toMatchObject([{ field: 'elsewhere' }]);
  });
});
