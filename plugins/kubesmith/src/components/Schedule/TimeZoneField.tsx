import { Combobox } from '@backstage/ui';
import { memo, useMemo } from 'react';

/**
 * Picks a time zone by its IANA name, such as `Europe/Berlin`. There are hundreds: it is drawn anew only when something about it
 * changes, so `onChange` must keep its identity.
 */
export const TimeZoneField = memo(function ZoneField(props: {
  value: string;
  problem?: string;
  isReadOnly?: boolean;
  onChange: (timeZone: string) => void;
}) {
  const { value, problem, isReadOnly, onChange } = props;
  const options = useMemo(() => {
    const names = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
    if (value) names.add(value);
    return [...names].sort().map(name => ({ id: name, label: name }));
  }, [value]);
  return (
    <Combobox
      label="Time zone"
      description="Summer time is kept: 20:00 stays 20:00."
      options={options}
      isReadOnly={isReadOnly}
      validationBehavior="aria"
      validate={() => problem ?? null}
      selectedKey={value || null}
      onSelectionChange={key => onChange(key === null ? '' : String(key))}
    />
  );
});
