import { expect, it } from "vitest";
import { asStoreError } from "../src/connection/failures.js";
import { postgresEventBus, postgresMatchStore, postgresTicketStore } from "../src/index.js";

it("says what each address of a server answered", () => {
  const cause = new AggregateError([new Error("refused at ::1"), new Error("refused at 127.0.0.1")]);
  const error = asStoreError(cause);
  expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true, cause });
  expect(error.message).toContain("refused at ::1");
  expect(error.message).toContain("refused at 127.0.0.1");
});

it.each([
  ["a value that is missing", { code: "23502" }, "INVALID_REQUEST", false],
  ["a driver that is not installed", { code: "ERR_MODULE_NOT_FOUND" }, "STORE_MISCONFIGURED", false],
  ["a mistake in code", {}, "STORE_UNAVAILABLE", false],
  ["a connection that broke", { code: "ECONNRESET" }, "STORE_UNAVAILABLE", true],
])("says of %s whether to send the same again", (_, fields, code, retryable) => {
  const cause = Object.assign(new TypeError("as it came"), fields);
  expect(asStoreError(cause)).toMatchObject({ code, retryable, cause });
});

const NEITHER: readonly unknown[] = [undefined, null, {}, "", "nonsense", "http://database/game", 5];
const makers = { postgresTicketStore, postgresMatchStore, postgresEventBus };

it.each(Object.entries(makers))(
  "%s takes a pool or a URL, and says so where it is given neither",
  (_, make) => {
    for (const given of NEITHER) {
      expect(() => make(given as string)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
      if (given === undefined) continue;
      const listen = given as string;
      expect(() => make("postgres://u@h/d", { listen })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTIONS" }),
      );
    }
  },
);
