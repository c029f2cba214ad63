import { z } from "zod";

/** What somebody may wish of a practice interview. What is left out is the first of each list, or, of topics, all. */

export const topics = ["arrays", "strings", "trees", "graphs", "system-design", "behavioural"] as const;
export const difficulties = ["medium", "easy", "hard"] as const;
export const durations = [45, 30, 60] as const;
export const regions = ["any", "africa", "americas", "asia", "europe", "oceania"] as const;
export const skills = ["any", "beginner", "intermediate", "advanced"] as const;

export type Topic = (typeof topics)[number];
export type Difficulty = (typeof difficulties)[number];

/** The payload of a join: no field of it says who joins. */
export const preferences = z.strictObject({
  /** Partners have at least one in common, and the question is about one of those. */
  topics: z
    .array(z.enum(topics))
    .min(1)
    .max(topics.length)
    .refine((list) => new Set(list).size === list.length, "a topic is in the list once")
    .default([...topics]),
  /** Partners have the same. */
  difficulty: z.enum(difficulties).default(difficulties[0]),
  /** Partners have the same. */
  duration_minutes: z.literal(durations).default(durations[0]),
  /** Partners have the same, or one of them takes any. */
  region: z.enum(regions).default(regions[0]),
  /** How far the partner is: the same for both, or one of them takes any. */
  skill: z.enum(skills).default(skills[0]),
});

export type Preferences = z.output<typeof preferences>;
