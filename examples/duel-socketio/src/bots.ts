import { io, type Socket } from "socket.io-client";
import { whereTo } from "./bot-choice.js";
import { chanceFrom, type Chance } from "./chance.js";
import type { Config } from "./config.js";
import type { ClientToServer, PlayerView, ServerToClient, TicketView } from "./protocol.js";
import type { DuelServer } from "./server.js";
import type { Place } from "./seats.js";
import { after, every } from "./time.js";

type BotSocket = Socket<ServerToClient, ClientToServer>;
type BotConfig = Pick<Config, "bots" | "botRestMs" | "botSeed">;

const NAMES = ["Ada", "Bo", "Cleo", "Dag", "Elif", "Finn", "Gus", "Hana", "Ines", "Juri", "Kim", "Lou"];

/** Two of so many bots are friends, who play duo as a party and nothing else. */
const FRIENDS_OF = 6;

/** Every other bot is so near to the start rating that any mode pairs it with a newcomer; the others are not. */
const NEAR = 45;
const FAR = 350;

/** How often a bot that waits looks whether it is needed elsewhere, in rests. */
const LOOKS = 4;

/** After so many rests a bot gives up waiting. */
const PATIENCE = 6;

/** Players that play by themselves, over sockets like everybody else, so that nobody waits alone. */
export async function startBots(server: DuelServer, config: BotConfig): Promise<{ close(): void }> {
  const chance = chanceFrom(config.botSeed);
  const bots: Bot[] = [];
  const sign = async (index: number, reach: number): Promise<SignedBot> => {
    const name = `${NAMES[index % NAMES.length]!} ${Math.floor(index / NAMES.length) + 1}`;
    const { token, player } = await server.signIn(name, 1500 + chance.between(-reach, reach), true);
    const socket: BotSocket = io(server.url, { transports: ["websocket"], auth: { token }, forceNew: true });
    return { socket, player };
  };
  for (let index = 0; index < config.bots; index++) {
    const isCouple = index % FRIENDS_OF === FRIENDS_OF - 2 && index + 1 < config.bots;
    const one = await sign(index, index % 2 === 0 ? NEAR : FAR);
    const friend = isCouple ? await sign(++index, NEAR) : undefined;
    bots.push(new Bot(server, config.botRestMs, chance, one, friend));
  }
  return { close: () => bots.forEach((bot) => bot.close()) };
}

interface SignedBot {
  readonly socket: BotSocket;
  readonly player: PlayerView;
}

/** A bot, alone or with a friend whom it leads: rests, goes where it is needed, answers ready checks, and rests. */
class Bot {
  #party: string | undefined;
  #ticket: TicketView | undefined;
  #waitsSince = 0;
  /** Where to go as soon as the place that it gives up is free. */
  #next: Place | undefined;
  #cancel = (): void => {};
  readonly #stop: () => void;

  constructor(
    private readonly server: DuelServer,
    private readonly restMs: number,
    private readonly chance: Chance,
    private readonly one: SignedBot,
    private readonly friend?: SignedBot,
  ) {
    const { socket } = one;
    socket.on("connect", () => {
      if (friend) this.#invite(friend);
      this.#rest(0);
    });
    socket.on("joined", (ticket) => (this.#ticket = ticket));
    socket.on("match_found", () => this.#over());
    socket.on("ended", () => this.#over());
    for (const bot of friend ? [one, friend] : [one]) this.#answerChecks(bot);
    this.#stop = every(restMs / LOOKS, () => void this.#look());
  }

  close(): void {
    this.#cancel();
    this.#stop();
    for (const bot of [this.one, this.friend]) bot?.socket.disconnect();
  }

  #answerChecks({ socket, player }: SignedBot): void {
    socket.on("ready_check", ({ match, answers }) => {
      if (answers[player.id] !== undefined) return;
      const thinks = this.chance.between(this.restMs / 16, this.restMs / 3);
      after(thinks, () => socket.emit("accept", { matchId: match.matchId }, () => {}));
    });
  }

  #invite(friend: SignedBot): void {
    this.one.socket.emit("createParty", {}, (made) => {
      if (!made.ok) return;
      friend.socket.emit("joinParty", { code: made.party.code }, (joined) => {
        if (joined.ok) this.#party = made.party.code;
      });
    });
  }

  #rest(least = this.restMs): void {
    this.#cancel();
    this.#cancel = after(this.chance.between(least, this.restMs * 1.4), () => void this.#choose());
  }

  #over(): void {
    const next = this.#next;
    this.#ticket = undefined;
    this.#next = undefined;
    if (next) this.#join(next);
    else this.#rest();
  }

  async #choose(): Promise<void> {
    const waiting = await this.server.waiting().catch(() => []);
    this.#join(whereTo(waiting, this.#self(), this.chance, { onlyPeople: false }));
  }

  #join(place: Place | undefined): void {
    if (!place) return this.#rest();
    const { queue, region } = place;
    const party = this.#party;
    this.#waitsSince = 0;
    this.one.socket.emit("join", { queue, region, ...(party !== undefined && { party }) }, (reply) => {
      if (!reply.ok) this.#rest();
    });
  }

  /** Goes where a person waits, if it is needed there; and not for ever where nobody comes. */
  async #look(): Promise<void> {
    if (!this.#ticket || this.#next) return;
    this.#waitsSince++;
    const here = this.#ticket;
    const waiting = await this.server.waiting().catch(() => []);
    if (this.#ticket !== here) return;
    const isHere = ({ queue, region }: Place): boolean => queue === here.queue && region === here.region;
    if (waiting.some((seat) => isHere(seat) && seat.players.some(({ bot }) => !bot))) return;
    const needed = whereTo(waiting, this.#self(), this.chance, { onlyPeople: true });
    if (!needed && this.#waitsSince < PATIENCE * LOOKS) return;
    this.#next = needed;
    this.one.socket.emit("leave", {}, () => {});
  }

  #self(): { readonly rating: number; readonly isParty: boolean } {
    return { rating: this.one.player.rating, isParty: this.friend !== undefined };
  }
}
