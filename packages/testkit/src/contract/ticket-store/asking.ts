import assert from "node:assert/strict";
import { EvenmatchError, type Answer, type Question } from "@evenmatch/core";
import { rejectsAs, rejectsWith, same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { takeOver } from "./leases.js";
import { idIn, POOL } from "./making.js";
import { Stage } from "./stage.js";

const ESTIMATE: Question = { type: "estimate", rating: 1512.5 };

/** Questions to a pool's owner. */
export const askCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "ask-answered",
    promise: "a question reaches the pool's owner as it was asked, and its answer comes back as it was given",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        await stage.ready(owner);
        const questions: Question[] = [];
        const answers: Answer[] = [
          {
            type: "estimate",
            estimate: { p50: 1_000, p90: 5_000, observed: 42, basis: "observed", held: 0.9 },
          },
          { type: "estimate", estimate: { p50: Infinity, p90: Infinity, observed: 0, basis: "fallback" } },
          { type: "none" },
        ];
        owner.answer = (question) => answers[questions.push(question) - 1];
        const explain: Question = { type: "explain", ticketId: idIn(POOL, "ann") };
        const asked = [ESTIMATE, ESTIMATE, explain];
        for (const [index, question] of asked.entries()) {
          same(
            await stage.within("an answer", stage.store.ask(POOL, question, {})),
            answers[index],
            "the answer",
          );
        }
        same(questions, asked, "the questions");
      }),
  },
  {
    id: "ask-nobody",
    promise: "a question to a pool that nobody owns fails as NO_OWNER, which may be retried",
    run: (harness) =>
      Stage.empty(harness, async (stage) => {
        const ask = (): Promise<Answer> => stage.within("ask to fail", stage.store.ask(POOL, ESTIMATE, {}));
        await rejectsWith(ask(), "NO_OWNER", "before anybody owned the pool");
        const owner = await stage.watch();
        await stage.ready(owner);
        await owner.close();
        const error = await ask().catch((reason: unknown) => reason);
        assert.ok(
          error instanceof EvenmatchError && error.code === "NO_OWNER",
          "after its only owner has gone",
        );
        assert.equal(error.retryable, true, "it may be retried");
      }),
  },
  {
    id: "ask-lost",
    promise: "a question whose owner loses the pool before answering fails as NO_OWNER instead of hanging",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const holding = await stage.ready(owner);
        let asked = false;
        owner.answer = () => void (asked = true);
        const answer = rejectsWith(
          stage.within("ask to fail", stage.store.ask(POOL, ESTIMATE, {})),
          "NO_OWNER",
          "the owner is lost",
        );
        answer.catch(() => {});
        await stage.until("the question", () => asked);
        await takeOver(stage, [owner], holding);
        await answer;
      }),
  },
  {
    id: "ask-aborted",
    promise: "whoever asks may give up",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        await stage.ready(owner);
        const abort = new AbortController();
        const reason = new Error("asked long enough");
        owner.answer = () => {
          abort.abort(reason);
          return undefined;
        };
        const answer = stage.store.ask(POOL, ESTIMATE, { signal: abort.signal });
        await rejectsAs(stage.within("ask to be given up", answer), reason, "ask");
      }),
  },
];
