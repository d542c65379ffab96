import { fireEvent, render, screen } from '@testing-library/react';
import { useLeaveGuard } from './useLeaveGuard';

const onClick = jest.fn(event => event.preventDefault());
const Page = ({ isDirty }: { isDirty: boolean }) => {
  useLeaveGuard(isDirty);
  return (
    <>
      <a href="/elsewhere" onClick={onClick}>
        Elsewhere
      </a>
      <a href="/" onClick={onClick}>
        Here
      </a>
    </>
  );
};
const click = (name: string) =>
  fireEvent.click(screen.getByRole('link', { name }));

describe('useLeaveGuard', () => {
  beforeEach(() => onClick.mockClear());
  afterEach(() => jest.restoreAllMocks());

  it('asks before a link leads away from unsaved changes', () => {
    const confirm = jest.spyOn(window, 'confirm').mockReturnValueOnce(false);
    render(<Page isDirty />);
    click('Elsewhere');
    expect(confirm).toHaveBeenCalledWith(expect.stringContaining('not saved'));
    expect(onClick).not.toHaveBeenCalled();

    confirm.mockReturnValueOnce(true);
    click('Elsewhere');
    expect(onClick).toHaveBeenCalledTimes(1);
    click('Here');
    expect(confirm).toHaveBeenCalledTimes(2);
  });

  it('asks nothing when all is saved', () => {
    const confirm = jest.spyOn(window, 'confirm');
    render(<Page isDirty={false} />);
    click('Elsewhere');
    expect(confirm).not.toHaveBeenCalled();
    expect(onClick).toHaveBeenCalledTimes(1);
  });
});
