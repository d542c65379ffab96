import { act, renderHook, waitFor } from '@testing-library/react';
import { usePolled } from './usePolled';

function setVisibility(state: 'visible' | 'hidden') {
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('usePolled', () => {
  afterEach(() => jest.restoreAllMocks());

  it('reads at once and then at the interval', async () => {
    let count = 0;
    const load = async () => ++count;
    const { result } = renderHook(() => usePolled(load, () => 20));

    expect(result.current.isLoading).toBe(true);
    await waitFor(() => expect(result.current.value).toBeGreaterThan(2));
    expect(result.current.isLoading).toBe(false);
  });

  it('keeps the value while a later read fails, and recovers', async () => {
    const load = jest
      .fn<Promise<string>, []>()
      .mockResolvedValueOnce('first')
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue('second');
    const { result } = renderHook(() => usePolled(load, () => 60_000));
    await waitFor(() => expect(result.current.value).toBe('first'));

    act(() => result.current.refresh());
    await waitFor(() => expect(result.current.error?.message).toBe('away'));
    expect(result.current.value).toBe('first');

    act(() => result.current.refresh());
    await waitFor(() => expect(result.current.value).toBe('second'));
    expect(result.current.error).toBeUndefined();
  });

  it('drops an answer that a newer question has overtaken', async () => {
    const answers: ((value: string) => void)[] = [];
    const load = () =>
      new Promise<string>(resolve => {
        answers.push(resolve);
      });
    const { result } = renderHook(() => usePolled(load, () => 60_000));
    act(() => result.current.refresh());

    await act(async () => answers[1]('new'));
    await act(async () => answers[0]('old'));

    expect(result.current.value).toBe('new');
  });

  it('begins anew with another question', async () => {
    const one = async () => 'one';
    const two = () => new Promise<string>(() => {});
    const { result, rerender } = renderHook(
      ({ load }) => usePolled(load, () => 60_000),
      { initialProps: { load: one } },
    );
    await waitFor(() => expect(result.current.value).toBe('one'));

    rerender({ load: two });

    expect(result.current).toMatchObject({ isLoading: true });
    expect(result.current.value).toBeUndefined();
  });

  it('rests while the page is hidden and reads when it is back', async () => {
    const load = jest.fn(async () => 'value');
    setVisibility('hidden');
    const { result } = renderHook(() => usePolled(load, () => 5));
    await waitFor(() => expect(result.current.value).toBe('value'));
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(load).toHaveBeenCalledTimes(1);

    act(() => setVisibility('visible'));
    await waitFor(() => expect(load.mock.calls.length).toBeGreaterThan(1));
  });
});
