/**
 * What is over is kept in spans of time, each with a key of its own: they are forgotten as a whole and in the background,
 * where a key for each would have to be found and freed one by one. The present span comes first; the two before it hold
 * whatever ended within `retainMs`. Those behind are of no use any more.
 */
export const SPANS = String.raw`
local function spansOf(server, retain)
  local width = math.max(math.ceil(retain / 2), 1000)
  local spans = { width = width }
  for back = 0, 5 do spans[back + 1] = string.format('%.0f', math.floor(server / width) - back) end
  return spans
end
`;

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
 * | `corrupt` | records that could not be read |
 *
 * A ticket is the text
 * `<state><leaving><asked><seen>\n<match>\n<request>\n<players>\n<joined> <expires> <heartbeat>\t<body>`; of one that is
 * matched and was joined without a request id only the first two lines are kept. A match is the text
 * `<state>\n<players>\n<accept by>\n<tickets>\n<answers>\n<assignment>\n<body>`. Bodies are JSON as it came: a script never
 * writes JSON, because its numbers are not those of JavaScript. Texts of JSON hold no line break and no tab, so these
 * separate them.
 *
 * Every call that changes a pool brings a `link`, a text that no other call has. An entry says which link it follows
 * on, so that whoever reads the stream sees when a part of it is missing or was replaced: a server that comes back
 * with less than it had goes on with numbers that were given before.
 */
export const LIFE = `${SPANS}${String.raw`
local call, match, sub, find, byte = redis.call, string.match, string.sub, string.find, string.byte
local concat, format = table.concat, string.format
local tag, now, retain, dedupe, link = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local clock = call('TIME')
local server = clock[1] * 1000 + math.floor(clock[2] / 1000)
local spans = spansOf(server, tonumber(retain))
-- Lua hands over no more values at once than some 8,000.
local MOST = 4000
-- The owner of a pool is told for so long after it was last known to live: it may come back.
local HEARS = 60000
local LONGEST = '20000'

local pools, order = {}, {}
local tickets, ended = {}, {}
local matches, closed = {}, {}
local players, requests = {}, {}
local made, corrupt, outcomes, free = {}, {}, {}, {}
local endedCount, closedCount, freeCount = 0, 0, 0

local function poolAt(place)
  local pool = pools[place]
  if pool then return pool end
  local key = tag .. 'pool:' .. place
  local stand = call('HMGET', key, 'seq', 'link', 'owner', 'until', 'fence', 'released')
  local changes = tag .. 'changes:' .. place
  call('XLEN', changes)
  local seq = tonumber(stand[1] or 0)
  pool = {
    place = place, key = key, changes = changes, waiting = tag .. 'waiting:' .. place,
    claimed = tag .. 'claimed:' .. place, pending = tag .. 'pending:' .. place,
    from = seq, seq = seq, link = stand[2] or '', isNew = not stand[1], fence = stand[5],
    hears = (stand[3] or '') ~= '' and server < tonumber(stand[4] or 0) + HEARS,
    released = tonumber(stand[6] or 0), news = {}, told = 0, more = 0
  }
  pools[place] = pool
  order[#order + 1] = pool
  return pool
end

-- The place that an id carries.
local function placeOf(id)
  return match(id, '^[^.]+%.(.+)%.[^.]+$')
end

-- A ticket by its record, of which no more is read than is asked for.
local function parse(pool, at, id, record)
  if at == 'waiting' then
    local first, _, third = byte(record, 1, 3)
    if first == 119 and third then
      -- A table of eight fields, which is what it comes to: one more would have it made anew.
      return {
        id = id, pool = pool, at = at, state = 'w', match = '', asked = third == 113, raw = record, isChanged = false
      }
    end
  else
    local state, leaving, asked, seen, of, rest = match(record, '^([clxm])([-y])([-q])(-?%d*)\n([^\n]*)\n(.*)$')
    if state then
      return {
        id = id, pool = pool, at = at, state = state, match = of, leaving = leaving == 'y', seen = seen, rest = rest,
        asked = asked == 'q', raw = record
      }
    end
  end
  if at then corrupt[#corrupt + 1] = { pool[at], id, record } end
  return false
end

local function hmget(key, fields, found)
  for from = 1, #fields, MOST do
    local to = math.min(from + MOST - 1, #fields)
    local values = call('HMGET', key, unpack(fields, from, to))
    for index = 1, #values do found(fields[from + index - 1], values[index]) end
  end
end

local function mget(begins, names, found)
  for from = 1, #names, MOST do
    local to = math.min(from + MOST - 1, #names)
    local keys = {}
    for index = from, to do keys[#keys + 1] = begins .. names[index] end
    local values = call('MGET', unpack(keys))
    for index = 1, #values do found(names[from + index - 1], values[index]) end
  end
end

-- Looks at what is over.
local function over(what, ids, found)
  local missing = ids
  for span = 1, 3 do
    local rest = {}
    hmget(tag .. what .. spans[span], missing, function(id, record)
      if record then found(id, record) else rest[#rest + 1] = id end
    end)
    missing = rest
  end
  for index = 1, #missing do found(missing[index], false) end
end

-- Reads tickets of a pool: who waits, then who is claimed, then who has ended.
local function load(pool, ids)
  local missing = ids
  for round = 1, 2 do
    local at = round == 1 and 'waiting' or 'claimed'
    local rest = {}
    for from = 1, #missing, MOST do
      local records = call('HMGET', pool[at], unpack(missing, from, math.min(from + MOST - 1, #missing)))
      for index = 1, #records do
        local id, record = missing[from + index - 1], records[index]
        if record then tickets[id] = parse(pool, at, id, record) else rest[#rest + 1] = id end
      end
    end
    missing = rest
  end
  over('ended:', missing, function(id, record)
    tickets[id] = record and parse(pool, nil, id, record)
  end)
end

local function ticket(id)
  if tickets[id] == nil then
    local place = placeOf(id)
    if place then load(poolAt(place), { id }) else tickets[id] = false end
  end
  return tickets[id]
end

-- Its last sign of life, and what never changes.
local function fill(t)
  if not t.rest then
    local seen, rest = match(t.raw, '^...(-?%d*)\n[^\n]*\n(.*)$')
    t.seen, t.rest = t.seen or seen, rest
  end
  return t
end

-- One that cannot be read is not there.
local function broken(t)
  tickets[t.id] = false
  if t.at then corrupt[#corrupt + 1] = { t.pool[t.at], t.id, t.raw } end
  return false
end

-- What a ticket was joined with: its request, its players, its times and its body. False where that cannot be read.
local function detail(t)
  if not t.players then
    t.request, t.players, t.joined, t.expires, t.heartbeat, t.body =
      match(fill(t).rest or '', '^([^\n]*)\n([^\n]*)\n(%S*) (%S*) (%S*)\t(.+)$')
    if not t.players then return broken(t) end
  end
  return t
end

-- Calls with each of the texts that tabs separate; mostly there is one.
local function each(list, run, about)
  if not find(list, '\t', 1, true) then return run(list, about) end
  for one in string.gmatch(list, '[^\t]+') do run(one, about) end
end

local function matchOf(pool, id, states, at, record)
  local state = match(record, '^([' .. states .. '])\n')
  return state and { id = id, pool = pool, at = at, state = state, raw = record }
end

local function loadMatches(pool, ids)
  local missing = {}
  hmget(pool.pending, ids, function(id, record)
    local m = record and matchOf(pool, id, 'cs', true, record)
    if m then
      matches[id] = m
    else
      if record then corrupt[#corrupt + 1] = { pool.pending, id, record } end
      missing[#missing + 1] = id
    end
  end)
  over('closed:', missing, function(id, record)
    matches[id] = record and matchOf(pool, id, 'dr', nil, record) or false
  end)
end

-- Of a match: its players, until when it waits for answers, its tickets, who has answered, its assignment and its body.
local function read(m)
  if not m.body then
    m.players, m.acceptBy, m.tickets, m.answers, m.assignment, m.body =
      match(m.raw, '^%l\n([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.+)$')
    if not m.body then
      matches[m.id] = false
      if m.at then corrupt[#corrupt + 1] = { m.pool.pending, m.id, m.raw } end
      return false
    end
  end
  return m
end

local function idsOf(m)
  if not m.ids then
    local ids = {}
    if read(m) then
      for id in string.gmatch(m.tickets, '[^ ]+') do ids[#ids + 1] = id end
    end
    m.ids = ids
  end
  return m.ids
end

local function changed(m)
  if not m.isChanged then
    m.isChanged = true
    closedCount = closedCount + 1
    closed[closedCount] = m
  end
end

-- A change of a pool, and whether it is one that whoever runs the pool next has to tell.
local function tell(pool, kind, about, isEnd)
  pool.seq = pool.seq + 1
  local news, n = pool.news, pool.told
  if pool.hears then
    news[n + 1], news[n + 2] = kind, about
  elseif isEnd then
    news[n + 1], news[n + 2] = 'E', format('%.0f ', pool.seq) .. kind .. about
  else
    return
  end
  pool.told = n + 2
end

local function becomes(t, state, of)
  t.state, t.match = state, of
  if not t.isChanged then
    t.isChanged = true
    endedCount = endedCount + 1
    ended[endedCount] = t
  end
end

-- Whoever ends has no live ticket any more.
local function frees(name)
  freeCount = freeCount + 1
  free[freeCount] = name
end

local said = 0
local function says(place, outcome, about)
  local n = said
  said = n + 3
  outcomes[n + 1], outcomes[n + 2], outcomes[n + 3] = place, outcome, about or ''
end

local function send(command, key, list, count)
  for from = 1, count, MOST do
    call(command, key, unpack(list, from, math.min(from + MOST - 1, count)))
  end
end

-- What is written to one key, or deleted from it, by the end of the batch.
local function listOf(lists, key)
  local list = lists[key]
  if not list then
    list = { n = 0 }
    lists[key], lists[#lists + 1] = list, key
  end
  return list
end

local function add(list, id, record)
  local n = list.n
  list[n + 1], list[n + 2], list.n = id, record, n + 2
end

local function remove(list, id)
  local n = list.n + 1
  list[n], list.n = id, n
end

local function tellOwner(pool)
  local stand = { 'seq', format('%.0f', pool.seq), 'link', link }
  if pool.isReleased then stand[5], stand[6] = 'released', format('%.0f', server) end
  call('HSET', pool.key, unpack(stand))
  local news, count = pool.news, pool.told
  if count > 0 then
    local entry = { pool.changes, 'MAXLEN', '~', LONGEST, format('%.0f-0', pool.seq), 'at', now }
    if pool.hears then
      entry[8], entry[9], entry[10], entry[11] = 'on', pool.link, 'by', link
      entry[12], entry[13] = 'no', format('%.0f', pool.from + 1)
    end
    local n = #entry
    for index = 1, count do entry[n + index] = news[index] end
    local added = redis.pcall('XADD', unpack(entry))
    if type(added) == 'table' and added.err then
      -- The numbers of the pool have begun anew beside a stream that is older: its owner gets the pool again.
      call('UNLINK', pool.changes)
      call('XADD', unpack(entry))
    end
    if not pool.hears then call('PEXPIRE', pool.changes, math.max(retain, dedupe)) end
  end
  if pool.isNew then
    call('SADD', tag .. 'pools', pool.place)
    call('XADD', tag .. 'news', 'MAXLEN', '~', '100', '*', 'owners', '1')
  end
end

local function recordOf(t)
  if t.isNew then return t.raw end
  -- The rest of a matched ticket is with its match, which is kept for longer.
  if t.state == 'm' and not t.asked then return 'm--\n' .. t.match .. '\n' end
  fill(t)
  return t.state .. (t.leaving and 'y' or '-') .. (t.asked and 'q' or '-') .. t.seen .. '\n' .. t.match .. '\n' .. t.rest
end

local function recordOfMatch(m)
  if m.body then return concat({ m.state, m.players, m.acceptBy, m.tickets, m.answers, m.assignment, m.body }, '\n') end
  return byte(m.raw) == byte(m.state) and m.raw or m.state .. sub(m.raw, 2)
end

local AT = { w = 'waiting', c = 'claimed' }

-- Writes all that has changed. What can be refused is refused before: every record is made and every key looked at,
-- and the first command that writes is one that a server refuses when it cannot take writes.
local function commit(live)
  local sets, gone, over = {}, {}, {}
  local endedNow, closedNow = tag .. 'ended:' .. spans[1], tag .. 'closed:' .. spans[1]
  for index = 1, endedCount do
    local t = ended[index]
    local at = AT[t.state]
    local record = recordOf(t)
    if at then
      add(listOf(sets, t.pool[at]), t.id, record)
    else
      add(listOf(sets, endedNow), t.id, record)
      if t.asked and detail(t) then over[#over + 1], over[#over + 2] = tag .. 'request:' .. t.request, record end
    end
    if t.at and t.at ~= at then remove(listOf(gone, t.pool[t.at]), t.id) end
  end
  for index = 1, closedCount do
    local m = closed[index]
    local record = recordOfMatch(m)
    if m.state == 'c' or m.state == 's' then
      add(listOf(sets, m.pool.pending), m.id, record)
    else
      add(listOf(sets, closedNow), m.id, record)
      if m.at then remove(listOf(gone, m.pool.pending), m.id) end
    end
  end
  for _, pool in ipairs(order) do
    if pool.isNew and pool.seq > pool.from then
      call('SISMEMBER', tag .. 'pools', pool.place)
      call('XLEN', tag .. 'news')
    end
  end
  if #corrupt > 0 then call('HLEN', tag .. 'corrupt') end
  for _, key in ipairs(sets) do call('HLEN', key) end
  for _, key in ipairs(gone) do call('HLEN', key) end
  call('HLEN', KEYS[1])
  for _, pool in ipairs(order) do
    if pool.seq > pool.from then tellOwner(pool) end
  end
  -- What is set aside may have a successor.
  for index = 1, #corrupt do
    local key, id, record = unpack(corrupt[index])
    call('HSET', tag .. 'corrupt', id, record)
    call('HDEL', key, id)
  end
  for from = 1, #made, MOST do call('MSET', unpack(made, from, math.min(from + MOST - 1, #made))) end
  for index = 1, #over, 2 do call('SET', over[index], over[index + 1], 'PX', dedupe) end
  for index = 1, #sets do send('HSET', sets[index], sets[sets[index]], sets[sets[index]].n) end
  for _, what in ipairs({ 'ended:', 'closed:' }) do
    if sets[tag .. what .. spans[1]] then
      -- Should nobody be there to throw it away.
      call('PEXPIRE', tag .. what .. spans[1], 6 * spans.width)
      call('UNLINK', tag .. what .. spans[4], tag .. what .. spans[5], tag .. what .. spans[6])
    end
  end
  if live and live.n > 0 then send('HSET', KEYS[1], live, live.n) end
  for index = 1, #gone do send('HDEL', gone[index], gone[gone[index]], gone[gone[index]].n) end
  if freeCount > 0 then send('HDEL', KEYS[1], free, freeCount) end
end

local function unreadable()
  local ids = {}
  for index = 1, #corrupt do ids[index] = corrupt[index][2] end
  return ids
end
`}`;
