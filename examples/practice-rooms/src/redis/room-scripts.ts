/**
 * What happens to a room on Redis, each in one step. All keys of the service have one hash tag, so a cluster has them
 * on one node.
 */

/**
 * Makes a room, once.
 *
 * Keys: the room; the open rooms; of both members: the last room, who is told of no room yet, the partners.
 * Arguments: match id; ids of both members; match time; how long partners count, in ms; when the room closes, in ms;
 * how long the record is kept, in ms; the fields of the room.
 * Promise: 1 when it was made, 0 when it was there. What fails does so at the first write, and nothing has changed.
 */
export const MAKE = `
  if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
  local id, at, rest, closes, keep = ARGV[1], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
  redis.call('ZADD', KEYS[2], closes, id)
  redis.call('HSET', KEYS[1], unpack(ARGV, 8))
  redis.call('PEXPIRE', KEYS[1], keep)
  for member = 0, 1 do
    redis.call('SET', KEYS[3 + member], id, 'PX', keep)
    redis.call('SET', KEYS[5 + member], id, 'PX', keep)
    local partners = KEYS[7 + member]
    redis.call('ZREMRANGEBYSCORE', partners, '-inf', at - rest)
    redis.call('ZADD', partners, at, ARGV[3 - member])
    redis.call('PEXPIRE', partners, rest)
  end
  return 1`;

/**
 * Takes back a room whose match fell through.
 *
 * Keys: as for making it. Arguments: match id; ids of both members; match time.
 * Promise: nothing is left that names it.
 */
export const UNMAKE = `
  if redis.call('DEL', KEYS[1]) == 0 then return 0 end
  redis.call('ZREM', KEYS[2], ARGV[1])
  for member = 0, 1 do
    for _, key in ipairs({ KEYS[3 + member], KEYS[5 + member] }) do
      if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
    end
    local other = ARGV[3 - member]
    if redis.call('ZSCORE', KEYS[7 + member], other) == ARGV[4] then
      redis.call('ZREM', KEYS[7 + member], other)
    end
  end
  return 1`;

/**
 * Ends a room.
 *
 * Keys: the room; the open rooms. Arguments: match id.
 * Promise: 1 when it was there; a room is ended for good.
 */
export const END = `
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('HSET', KEYS[1], 'status', 'ended')
  return 1`;

/**
 * Says that a member was told of a room.
 *
 * Keys: who is told of no room yet. Arguments: match id.
 * Promise: news of another room stays.
 */
export const TOLD = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;
