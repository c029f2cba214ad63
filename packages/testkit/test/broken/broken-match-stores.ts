import {
  EvenmatchError,
  MemoryMatchStore,
  type CallOptions,
  type Match,
  type MatchFilter,
  type MatchPage,
  type MatchStore,
  type ReportOutcome,
  type Result,
} from "@evenmatch/core";

/** Match stores that each do one thing wrong, with the one case that must find it. */
export const brokenMatchStores: readonly {
  readonly caseId: string;
  readonly wrong: string;
  readonly make: new () => MatchStore;
}[] = [
  {
    caseId: "save-once",
    wrong: "overwrites a match that is saved again",
    make: class extends MemoryMatchStore {
      readonly #changed = new Map<string, Match>();
      override async save(matches: readonly Match[], options: CallOptions): Promise<void> {
        await super.save(matches, options);
        for (const match of matches) this.#changed.set(match.id, match);
      }
      override async get(matchId: string, options: CallOptions): ReturnType<MatchStore["get"]> {
        const saved = await super.get(matchId, options);
        return saved && { ...saved, match: this.#changed.get(matchId) ?? saved.match };
      }
    },
  },
  {
    caseId: "list-player",
    wrong: "finds only the first player of a ticket",
    make: class extends MemoryMatchStore {
      override async list(filter: MatchFilter, options: CallOptions): Promise<MatchPage> {
        const page = await super.list(filter, options);
        const isFirst = ({ teams }: Match): boolean =>
          teams.flat().some(({ players }) => players[0]?.id === filter.playerId);
        return filter.playerId === undefined
          ? page
          : { ...page, matches: page.matches.filter(({ match }) => isFirst(match)) };
      }
    },
  },
  {
    caseId: "list-time",
    wrong: "takes `until` as within",
    make: class extends MemoryMatchStore {
      override async list({ until, ...filter }: MatchFilter, options: CallOptions): Promise<MatchPage> {
        return super.list({ ...filter, ...(until !== undefined && { until: until + 1 }) }, options);
      }
    },
  },
  {
    caseId: "pages-steady",
    wrong: "pages by counting from the newest, so that new matches shift the pages",
    make: class extends MemoryMatchStore {
      override async list(filter: MatchFilter, options: CallOptions): Promise<MatchPage> {
        await super.list(filter, options);
        const skip = filter.after?.startsWith("0~") ? Number(filter.after.slice(2)) : 0;
        const { matches } = await super.list({ ...filter, after: undefined, limit: 1_000 }, options);
        const until = skip + (filter.limit ?? 50);
        return { matches: matches.slice(skip, until), ...(until < matches.length && { next: `0~${until}` }) };
      }
    },
  },
  {
    caseId: "pages-cursor",
    wrong: "starts from the newest for a cursor that it cannot read",
    make: class extends MemoryMatchStore {
      override async list(filter: MatchFilter, options: CallOptions): Promise<MatchPage> {
        return super.list(filter, options).catch((error: unknown) => {
          if (filter.after === undefined || !(error instanceof EvenmatchError)) throw error;
          return super.list({ ...filter, after: undefined }, options);
        });
      }
    },
  },
  {
    caseId: "list-limit",
    wrong: "returns everything where a limit makes no sense",
    make: class extends MemoryMatchStore {
      override async list(filter: MatchFilter, options: CallOptions): Promise<MatchPage> {
        const { limit = 50 } = filter;
        return super.list(limit >= 1 && limit <= 1_000 ? filter : { ...filter, limit: 1_000 }, options);
      }
    },
  },
  {
    caseId: "report-raced",
    wrong: "reads and reports in two commands",
    make: class extends MemoryMatchStore {
      override async report(matchId: string, result: Result, options: CallOptions): Promise<ReportOutcome> {
        options.signal?.throwIfAborted();
        const saved = await super.get(matchId, options);
        const outcome = saved && !saved.result ? "reported" : undefined;
        await Promise.resolve();
        return outcome
          ? super.report(matchId, result, options).then(() => outcome)
          : super.report(matchId, result, options);
      }
    },
  },
  {
    caseId: "aborted",
    wrong: "looks at the signal when it has saved",
    make: class extends MemoryMatchStore {
      override async save(matches: readonly Match[], { signal }: CallOptions): Promise<void> {
        await super.save(matches, {});
        signal?.throwIfAborted();
      }
    },
  },
  {
    caseId: "save-and-get",
    wrong: "keeps qualities with half of their digits",
    make: class extends MemoryMatchStore {
      override save(matches: readonly Match[], options: CallOptions): Promise<void> {
        const rounded = matches.map((match) => ({ ...match, quality: Math.fround(match.quality) }));
        return super.save(rounded, options);
      }
    },
  },
  {
    caseId: "save-batch",
    wrong: "takes no more than 500 at once",
    make: class extends MemoryMatchStore {
      override save(matches: readonly Match[], options: CallOptions): Promise<void> {
        return super.save(matches.slice(0, 500), options);
      }
    },
  },
  {
    caseId: "list-queue",
    wrong: "finds a player's matches whatever the queue",
    make: class extends MemoryMatchStore {
      override list(filter: MatchFilter, options: CallOptions): Promise<MatchPage> {
        return super.list(filter.playerId === undefined ? filter : { ...filter, queue: undefined }, options);
      }
    },
  },
  {
    caseId: "list-order",
    wrong: "sorts by time alone where nobody pages",
    make: class extends MemoryMatchStore {
      override async list(filter: MatchFilter, options: CallOptions): Promise<MatchPage> {
        const page = await super.list(filter, options);
        if (filter.limit !== undefined) return page;
        const oldestFirst = page.matches.toReversed();
        return {
          ...page,
          matches: oldestFirst.sort((one, other) => other.match.createdAt - one.match.createdAt),
        };
      }
    },
  },
  {
    caseId: "pages-complete",
    wrong: "forgets the filter from the second page on",
    make: class extends MemoryMatchStore {
      override list({ after, limit, ...filter }: MatchFilter, options: CallOptions): Promise<MatchPage> {
        return super.list(after === undefined ? { ...filter, limit } : { after, limit }, options);
      }
    },
  },
  {
    caseId: "report-once",
    wrong: "does not say that there is no match to report on",
    make: class extends MemoryMatchStore {
      override async report(matchId: string, result: Result, options: CallOptions): Promise<ReportOutcome> {
        const outcome = await super.report(matchId, result, options);
        return outcome === "unknown" ? "reported" : outcome;
      }
    },
  },
];
