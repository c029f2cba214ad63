import { CHANGED } from "./changed.js";
import { KEPT } from "./kept.js";
import { SPANS } from "./spans.js";

/**
 * The life of a ticket as scripts say it: what `submit` and `decide` have in common. A batch is taken up in three
 * steps. What it names is read, in few commands; then the table of the life is run on that, input by input, which
 * reads whatever else turns out to be needed; at the end all that has changed is written. So a batch that is refused,
 * because memory is short, the server is a replica or a key is somebody else's, has changed nothing.
 *
 * What is kept:
 *
 * | key | holds |
 * |---|---|
 * | `pools` | the places that exist: `region`, or `region.partition` |
 * | `pool:<place>` | fence, owner, until (when the owner is dead by the server's clock), seq, link, tick |
 * | `waiting:<place>`, `claimed:<place>` | tickets by id |
 * | `players` | the live ticket of each player; fields are JSON texts, which hold any name apart |
 * | `pending:<place>` | matches that are claimed or settled, by id |
 * | `ended:<n>`, `closed:<n>` | tickets and matches that are over, by id; the n-th span of half a `retainMs` has a key of its own, and three are looked at |
 * | `request:<request>` | the id of the live ticket that a request made, then its record for a while |
 * | `changes:<place>` | a stream: one entry for each call that changed the pool, and for each that took it |
 * | `news` | a stream that wakes the owners of the queue |
 * | `clock` | the queue's time when it was last looked after, and how far it is ahead of the server's |
 * | `corrupt` | records that could not be read |
 *
 * A ticket is the text
 * `<state><leaving><asked><seen>\n<match>\n<request>\n<players>\n<joined> <expires> <heartbeat>\t<body>`; of one that is
 * matched and was joined without a request id only the first two lines are kept. A match is the text
 * `<state>\n<players>\n<accept by>\n<tickets>\n<answers>\n<assignment>\n<body>`. Bodies are JSON as it came: a script never
 * writes JSON, because its numbers are not those of JavaScript. Texts of JSON hold no line break and no tab, so these
 * separate them.
 *
 * Every call that changes a pool brings a `link`, a text that no other call has, to which the instant is added at which it
 * takes effect: a driver may send it again. An entry says which link it follows on, so that whoever reads the stream sees
 * when a part of it is missing or was replaced: a server that comes back with less than it had goes on with numbers that
 * were given before.
 */
export const LIFE = `${SPANS}${KEPT}${CHANGED}`;
