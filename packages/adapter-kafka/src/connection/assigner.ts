import { spread } from "@evenmatch/core/adapter";
import { AssignerProtocol, type MemberMetadata as Said } from "kafkajs";
import type { AssignerMaker, Assignment } from "./driver.js";

/** A member of a group, as it describes itself when it joins. */
export interface MemberSaid {
  readonly id: string;
  readonly topics: readonly string[];
  /** The numbers of the partitions that it has read until now. */
  readonly owned: readonly number[];
}

/**
 * Who reads which partitions, as few of them moved as possible. Topics of one group belong together: the partitions of a
 * number go to the same member, in each topic that has so many. A member that reads other topics gets none.
 *
 * @param partitionsOf the numbers of the partitions of each topic
 */
export function assignTogether(
  members: readonly MemberSaid[],
  partitionsOf: ReadonlyMap<string, readonly number[]>,
): Map<string, Assignment> {
  const topics = [...partitionsOf.keys()];
  const ours = members
    .filter((member) => topics.every((topic) => member.topics.includes(topic)))
    .map(({ id, owned }) => ({ id, owned: new Set(owned) }))
    .sort((one, other) => other.owned.size - one.owned.size || (one.id < other.id ? -1 : 1));
  const ids = ours.map(({ id }) => id);
  const numbers = [...new Set([...partitionsOf.values()].flat())].sort((one, other) => one - other);
  // Two may believe that they own a partition; the first has it then.
  const before = new Map(
    numbers.map((number) => [number, ours.find(({ owned }) => owned.has(number))?.id] as const),
  );
  const changes = spread(before, () => ids);
  const assigned = new Map(members.map(({ id }): [string, Assignment] => [id, {}]));
  for (const [number, owner] of before) {
    const to = changes.has(number) ? changes.get(number) : owner;
    const assignment = to === undefined ? undefined : assigned.get(to);
    if (!assignment) continue;
    for (const [topic, partitions] of partitionsOf)
      if (partitions.includes(number)) (assignment[topic] ??= []).push(number);
  }
  return assigned;
}

const VERSION = 1;

/**
 * An assigner by {@link assignTogether}. kafkajs gives up all partitions at each rebalance and takes up those that it is
 * assigned then; they are the same ones where nothing has to move. Its name holds the topics: brokers let nobody into a
 * group whose members know no assigner in common, so that one who reads other topics is told at once, not given nothing.
 *
 * @param reads the topics of the group
 * @param owned the numbers of the partitions that this member reads now; asked each time that it joins
 */
export function stickyAssigner(reads: readonly string[], owned: () => readonly number[]): AssignerMaker {
  const name = `evenmatch-sticky ${reads.join(" ")}`;
  const { MemberAssignment, MemberMetadata } = AssignerProtocol;
  return ({ cluster }) => ({
    name,
    version: VERSION,
    protocol({ topics }) {
      const userData = Buffer.from(JSON.stringify(owned()));
      const metadata = MemberMetadata.encode({ version: VERSION, topics, userData });
      return { name, metadata };
    },
    assign({ members, topics }) {
      const said = members.map(({ memberId, memberMetadata }) =>
        saidBy(memberId, MemberMetadata.decode(memberMetadata)),
      );
      const partitionsOf = new Map(
        topics.map((topic) => [
          topic,
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
        ]),
      );
      const assigned = assignTogether(said, partitionsOf);
      return Promise.resolve(
        Array.from(assigned, ([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: VERSION,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
  });
}

function saidBy(id: string, metadata: Said | null): MemberSaid {
  return { id, topics: metadata?.topics ?? [], owned: metadata ? numbersIn(metadata.userData) : [] };
}

/** Others may have written something else there, or nothing. */
function numbersIn(data: Buffer): number[] {
  try {
    const given: unknown = JSON.parse(data.toString());
    return Array.isArray(given) ? given.filter((one): one is number => Number.isSafeInteger(one)) : [];
  } catch {
    return [];
  }
}

/** An assigner for a group of one member: it reads one partition of each topic, or all of them. */
export function soloAssigner(partition: number | undefined): AssignerMaker {
  const { MemberAssignment, MemberMetadata } = AssignerProtocol;
  return ({ cluster }) => ({
    name: "evenmatch-solo",
    version: VERSION,
    protocol: ({ topics }) => ({
      name: "evenmatch-solo",
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
    }),
    assign({ members, topics }) {
      const assignment: Assignment = {};
      for (const topic of topics)
        assignment[topic] =
          partition === undefined
            ? cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
            : [partition];
      const memberAssignment = MemberAssignment.encode({
        version: VERSION,
        assignment,
        userData: Buffer.alloc(0),
      });
      return Promise.resolve(members.map(({ memberId }) => ({ memberId, memberAssignment })));
    },
  });
}
