import type { Script } from "../connection/script.js";

export const ADD: Script = {
  name: "add",
  text: `
-- Keys: a log. Arguments: how many entries it keeps, then texts of events.
-- Appends the texts in their order, all or none, and lets the oldest entries go where there are more.
for i = 2, #ARGV do redis.call('xadd', KEYS[1], 'maxlen', '~', ARGV[1], '*', 'e', ARGV[i]) end`,
};

export const OPEN: Script = {
  name: "open",
  text: `
-- Keys: a log. Answers with the id of its newest entry. Where there is none, it gets a mark, which is no event: what
-- comes behind a place is told from what was lost before it by whether the place is there.
local newest = redis.call('xrevrange', KEYS[1], '+', '-', 'count', 1)[1]
return newest and newest[1] or redis.call('xadd', KEYS[1], '*', 'mark', '1')`,
};

export const IS_THERE: Script = {
  name: "is there",
  text: `
-- Keys: a log. Arguments: an id. Answers with 1 where it has this entry, else with 0.
return #redis.call('xrange', KEYS[1], ARGV[1], ARGV[1])`,
};

export const BEHIND: Script = {
  name: "behind",
  text: `
-- Keys: a log. Arguments: an id; how many entries at most; how many bytes; how many entries at once in the beginning.
-- Answers with 1 and the entries behind the id, or with 0 where the log does not have that entry any more.
if #redis.call('xrange', KEYS[1], ARGV[1], ARGV[1]) == 0 then return { 0, {} } end
local limit, budget, few = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local entries, bytes, last = {}, 0, ARGV[1]
while #entries < limit and bytes < budget do
  local count = few
  if bytes > 0 then count = math.max(1, math.min(limit, math.floor((budget - bytes) / (bytes / #entries)))) end
  count = math.min(count, limit - #entries)
  local page = redis.call('xrange', KEYS[1], '(' .. last, '+', 'count', count)
  for _, entry in ipairs(page) do
    entries[#entries + 1] = entry
    bytes = bytes + #entry[2][2]
    last = entry[1]
  end
  if #page < count then break end
end
return { 1, entries }`,
};

export const FIND: Script = {
  name: "find",
  text: `
-- Keys: a log. Arguments: ids. Answers with the first of them that the log has, or with nil and the oldest that it has.
for _, id in ipairs(ARGV) do
  if #redis.call('xrange', KEYS[1], id, id) > 0 then return { id, false } end
end
local oldest = redis.call('xrange', KEYS[1], '-', '+', 'count', 1)[1]
return { false, oldest and oldest[1] }`,
};

export const AGREE: Script = {
  name: "agree",
  text: `
-- Keys: where it stands. Arguments: how many streams this process has events in. Answers with how many all have: the
-- first to say a number says it for everybody.
redis.call('set', KEYS[1], ARGV[1], 'nx')
return redis.call('get', KEYS[1])`,
};
