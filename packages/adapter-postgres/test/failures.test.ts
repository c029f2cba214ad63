import { expect, it } from "vitest";
import { asStoreError } from "../src/connection/failures.js";

it("says what each address of a server answered", () => {
  const cause = new AggregateError([new Error("refused at ::1"), new Error("refused at 127.0.0.1")]);
  const error = asStoreError(cause);
  expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true, cause });
  expect(error.message).toContain("refused at ::1");
  expect(error.message).toContain("refused at 127.0.0.1");
});
