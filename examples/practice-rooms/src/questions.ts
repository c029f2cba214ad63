import { createHash } from "node:crypto";
import type { Difficulty, Topic } from "./preferences.js";

/** What two people practise on. */
export interface Question {
  readonly question_id: string;
  readonly question_text: string;
}

const texts: Readonly<Record<Topic, Readonly<Record<Difficulty, string>>>> = {
  arrays: {
    easy: "A list of numbers is sorted, except that two neighbours were swapped once. Find them.",
    medium:
      "Given the arrival and departure times of visitors, find the moment with the most visitors at once.",
    hard: "Numbers come in one by one. After each, say the median of the last 1,000 in less than linear time.",
  },
  strings: {
    easy: "Say whether two words use the same letters equally often, whatever their order.",
    medium: "Find the longest stretch of a text in which no character occurs three times.",
    hard: "Match a text against a pattern with * and ?, and say why your solution never takes exponential time.",
  },
  trees: {
    easy: "Find the depth of a binary tree, once with recursion and once without.",
    medium: "Given two nodes of a tree whose nodes know their parent, find the nearest node above both.",
    hard: "Write a tree to text and read it back, so that it stays the same even if it is a million levels deep.",
  },
  graphs: {
    easy: "A building's rooms are joined by doors. Say whether everybody can leave through the one exit.",
    medium:
      "Courses need other courses first. Find an order to take all of them, or a circle that makes it impossible.",
    hard: "Find the cheapest way through a network on which one toll of your choice is free.",
  },
  "system-design": {
    easy: "Design a service that shortens addresses. What do you store, and what happens when two ask at once?",
    medium: "Design the seat map of a theatre: hundreds want the same seats in the same second.",
    hard: "Design a feed that a million people follow, in several regions, when one region may be cut off.",
  },
  behavioural: {
    easy: "Tell of something that you learned only after you thought that you knew it.",
    medium: "Tell of a time when you disagreed with a decision, and what you did.",
    hard: "Tell of a failure that was yours. What did others notice, and what is different since?",
  },
};

/** The same question for the same match, however often it is asked: one of the topics that both chose. */
export function questionFor(matchId: string, inCommon: readonly Topic[], difficulty: Difficulty): Question {
  const [byte = 0] = createHash("sha256").update(matchId).digest();
  const topic = inCommon[byte % inCommon.length]!;
  return { question_id: `${topic}/${difficulty}`, question_text: texts[topic][difficulty] };
}
