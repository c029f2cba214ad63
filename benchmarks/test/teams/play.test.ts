import { Adaptive, defineStrategy, TeamBalance, type Ticket } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { mean } from "../../src/figures.js";
import { populations, traceOf } from "../../src/quality/populations.js";
import { settings } from "../../src/teams/family.js";
import { figuresOf } from "../../src/teams/outcome.js";
import { play } from "../../src/teams/play.js";
import { shapes } from "../../src/teams/shapes.js";
import { teamTraceOf, type TeamTrace } from "../../src/teams/trace.js";

const duo = shapes[1]!;

function ticket(id: string, joinedAt: number, ...ratings: number[]): Ticket {
  const players = ratings.map((rating, member) => ({ id: `${id}-${member}`, rating }));
  return { id, queue: "teams", region: "", players, joinedAt };
}

const traceWith = (...tickets: Ticket[]): TeamTrace => ({ population: "few", shape: duo, seed: 0, tickets });

describe("the traces of teams", () => {
  it.each(shapes)("have the arrivals of their population, for $name", (shape) => {
    const population = populations[1]!;
    const { at, ratings } = traceOf(population, 4, 2_000);
    const { tickets } = teamTraceOf(population, shape, 4, 2_000);
    expect(tickets.map(({ joinedAt }) => joinedAt)).toEqual([...at]);
    shape.sizes.forEach((share, place) => {
      const some = tickets.filter(({ players }) => players.length === place + 1);
      expect((100 * some.length) / tickets.length).toBeCloseTo(share, -1);
    });
    const apart = tickets.flatMap(({ players }, place) =>
      players.map(({ rating }) => rating - ratings[place]!),
    );
    if (shape.sizes.length === 1) expect(apart.every((each) => each === 0)).toBe(true);
    else expect(Math.abs(mean(apart))).toBeLessThan(5);
  });
});

describe("playing a trace in teams", () => {
  const patient = () => defineStrategy({ propose: () => [], nextChange: () => Infinity });

  it("matches whoever is left when the last one comes, whatever the spread, and counts everything", () => {
    const trace = traceWith(
      ticket("a", 0, 1_000, 1_100),
      ticket("b", 2_000, 1_500),
      ticket("c", 3_000, 1_700),
      ticket("d", 10_000, 1_200),
    );
    const outcome = play(patient(), trace);
    // Of those who can fill the teams beside the oldest, the closest.
    expect(
      outcome.matches.map(({ teams }) =>
        teams
          .flat()
          .map(({ id }) => id)
          .sort(),
      ),
    ).toEqual([["a", "b", "d"]]);
    expect(outcome.unmatched.map(({ id }) => id)).toEqual(["c"]);
    const figures = figuresOf(outcome);
    expect(figures).toMatchObject({ leftOver: 5, longestWait: 10, meanWait: (10 + 10 + 8 + 7 + 0) / 5 });
    expect(figures.meanSpread).toBe(450);
    expect(figures.cost).toBe(450 / 2 + 10 * 7);
  });

  it("has the spread of tickets, and the imbalance of teams", () => {
    const trace = traceWith(ticket("a", 0, 1_000, 1_100), ticket("b", 0, 1_300), ticket("c", 4_000, 1_250));
    const strategy = new TeamBalance({ teams: 2, teamSize: 2, maxRatingSpread: 250 });
    const figures = figuresOf(play(strategy, trace));
    expect(figures).toMatchObject({
      meanSpread: 250,
      meanImbalance: 225,
      meanWait: 3,
      p95Wait: 4,
      leftOver: 0,
    });
    expect(figures.cost).toBe(125 + 30);
  });

  it("has a strategy remember those who came before, and match none of them", () => {
    const { tickets, ...rest } = teamTraceOf(populations[0]!, duo, 5, 140);
    const trace = { ...rest, tickets: tickets.slice(100) };
    const create = () => new Adaptive({ pointsPerSecond: 10, teams: 2, teamSize: 2 });
    const warm = play(create(), trace, tickets.slice(0, 100));
    expect(warm.matches.flatMap(({ teams }) => teams.flat()).every(({ id }) => id >= "000100")).toBe(true);
    expect(figuresOf(warm)).not.toEqual(figuresOf(play(create(), trace)));
  });

  it.each(shapes)("matches nobody twice and nobody before they come, for $name", (shape) => {
    const trace = teamTraceOf(populations[1]!, shape, 2, 80);
    for (const { create } of settings) {
      const { matches, unmatched } = play(create(shape), trace);
      const ids = [...matches.flatMap(({ teams }) => teams.flat()), ...unmatched].map(({ id }) => id);
      expect(ids.sort()).toEqual(trace.tickets.map(({ id }) => id));
      for (const { teams, at } of matches) {
        expect(teams.map((team) => team.flatMap(({ players }) => players).length)).toEqual([
          shape.teamSize,
          shape.teamSize,
        ]);
        expect(Math.max(...teams.flat().map(({ joinedAt }) => joinedAt))).toBeLessThanOrEqual(at);
      }
    }
  });
});
