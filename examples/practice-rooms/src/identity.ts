import { randomUUID, timingSafeEqual } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { Refusal } from "./refusal.js";
import { now } from "./time.js";

/** Who somebody is. Ids come from sessions alone; no payload names one. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly plan: "free" | "paying";
}

/** A session that was checked. */
export interface Session {
  readonly person: Person;
  /** In ms since the Unix epoch. */
  readonly expiresAt: number;
}

/** What a sign-in answers. */
export interface SignedIn {
  readonly token: string;
  readonly person: Person;
}

/** The body of a sign-in. */
export const signInPayload = z.strictObject({
  name: z
    .string()
    .max(100)
    .transform((name) => name.normalize("NFKC").trim())
    .pipe(
      z
        .string()
        .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.'-]{0,23}$/u, "1 to 24 letters, digits, spaces or _ . ' -"),
    ),
  member_code: z.string().max(100).optional(),
});

const NAME = "evenmatch-practice-rooms";
const ALGORITHM = "HS256";
const HOURS = 12;

const claims = z.object({
  sub: z.string().min(1).max(64),
  name: z.string().min(1).max(24),
  plan: z.enum(["free", "paying"]),
  exp: z.number(),
});

/** Makes and checks sessions: signed tokens, which every server that has the secret can check by itself. */
export class Sessions {
  readonly #secret: Uint8Array;

  constructor(
    secret: string,
    private readonly memberCode: string | undefined,
  ) {
    this.#secret = Buffer.from(secret);
  }

  /**
   * Each sign-in is somebody new, since a name proves nothing: put your own accounts here, and take from them who
   * pays.
   */
  async open({ name, member_code }: z.output<typeof signInPayload>): Promise<SignedIn> {
    if (member_code !== undefined && !this.#isMemberCode(member_code))
      throw new Refusal("WRONG_MEMBER_CODE", "This is not the code of paying members.");
    const person: Person = { id: randomUUID(), name, plan: member_code === undefined ? "free" : "paying" };
    const token = await new SignJWT({ name, plan: person.plan })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(person.id)
      .setIssuer(NAME)
      .setAudience(NAME)
      .setExpirationTime(`${HOURS} h`)
      .sign(this.#secret);
    return { token, person };
  }

  /** Rejects with `TOKEN_MISSING`, `TOKEN_EXPIRED` or `TOKEN_INVALID`. */
  async check(token: unknown): Promise<Session> {
    if (typeof token !== "string" || token === "")
      throw new Refusal("TOKEN_MISSING", "Sign in first: POST /api/sign-in answers a token.");
    try {
      // The algorithm is ours to say, never the token's: neither "none" nor another one passes.
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: [ALGORITHM],
        issuer: NAME,
        audience: NAME,
      });
      const { sub: id, name, plan, exp } = claims.parse(payload);
      return { person: { id, name, plan }, expiresAt: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      throw new Refusal("TOKEN_INVALID", "This token is none of this service; sign in again.");
    }
  }

  #isMemberCode(given: string): boolean {
    const [one, other] = [Buffer.from(given), Buffer.from(this.memberCode ?? "")];
    return this.memberCode !== undefined && one.length === other.length && timingSafeEqual(one, other);
  }
}

/** A session is checked when it comes in; a connection may outlive it. */
export function refuseIfExpired({ expiresAt }: Session): void {
  if (now() >= expiresAt) throw expired();
}

function expired(): Refusal {
  return new Refusal("TOKEN_EXPIRED", "The session is over; sign in again.");
}
