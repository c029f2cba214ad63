/** The width of a terminal that does not say it. */
const USUAL = 80;

/** What people see: lines that stay, and one below them that says how things stand now. */
export class Terminal {
  #now = "";

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** A line that stays. */
  say(line: string): void {
    this.#clear();
    this.#now = "";
    this.out.write(`${line}\n`);
  }

  /** Takes the place of what it said last; where nothing can be taken back, it is one more line. */
  now(line: string): void {
    if (line === this.#now) return;
    this.#clear();
    this.#now = line;
    // A line that is broken into two cannot be taken back.
    this.out.write(this.out.isTTY ? line.slice(0, (this.out.columns || USUAL) - 1) : `${line}\n`);
  }

  #clear(): void {
    if (this.out.isTTY && this.#now !== "") this.out.write("\r\u001B[K");
  }
}
