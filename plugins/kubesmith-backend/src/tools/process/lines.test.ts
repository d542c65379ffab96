import { LineSplitter, plainText } from './lines';

describe('LineSplitter', () => {
  const split = (chunks: Buffer[], max?: number) => {
    const lines: string[] = [];
    const splitter = new LineSplitter(line => lines.push(line), max);
    for (const chunk of chunks) splitter.push(chunk);
    splitter.end();
    return lines;
  };

  it('should join what chunks cut, also within a character', () => {
    const bytes = Buffer.from('grün\nblau');
    expect(split([bytes.subarray(0, 3), bytes.subarray(3)])).toEqual([
      'grün',
      'blau',
    ]);
  });

  it('should deliver a line of 10 MB cut to the limit and go on', () => {
    const lines = split(
      [Buffer.alloc(10 * 1024 * 1024, 'x'), Buffer.from('\nnext\n')],
      1000,
    );
    expect(lines.map(line => line.length)).toEqual([1000, 4]);
  });

  it('should survive invalid UTF-8', () => {
    expect(split([Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a])])).toEqual([
      'a\ufffd\ufffdb',
    ]);
  });
});

describe('plainText', () => {
  it('should remove escapes and control characters', () => {
    expect(
      plainText('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0000'),
    ).toBe('red x');
  });
});
