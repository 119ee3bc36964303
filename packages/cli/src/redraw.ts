/** Draws each text over the one before, on a terminal with so many columns. A line that is too long is cut: the terminal would break it, and the next text would not cover it. */
export function startRedraw(write: (text: string) => void, columns: number): (text: string) => void {
  let drawn = 0;
  return (text) => {
    const lines = text.split('\n').map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
    // Up to where the last text began, and nothing below.
    const over = drawn === 0 ? '' : `\u001b[${String(drawn)}A\u001b[J`;
    write(`${over}${lines.join('\n')}`);
    drawn = lines.length - 1;
  };
}
