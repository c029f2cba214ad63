/** The first step of a script: the stand of pools, tickets and matches, read as far as it is asked for. */
export const KEPT = String.raw`
local call, match, sub, find, byte = redis.call, string.match, string.sub, string.find, string.byte
local concat, format = table.concat, string.format
local tag, now, retain, dedupe, link = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local clock = call('TIME')
-- A call that is sent again, to a server that went back to what it was, makes another history of it.
link = link .. '.' .. clock[1] .. '.' .. clock[2]
local server = clock[1] * 1000 + math.floor(clock[2] / 1000)
local time = timeOf(tag, server)
local spans = spansOf(time, tonumber(retain))
-- Lua hands over no more values at once than some 8,000.
local MOST = 4000
local FEW = 4000
-- The owner of a pool is told for so long after it was last known to live: it may come back.
local HEARS = 60000
local LONGEST = '20000'

local pools, order = {}, {}
local tickets, ended = {}, {}
local matches, closed = {}, {}
local players, requests = {}, {}
local made, corrupt, outcomes = {}, {}, {}
local endedCount, closedCount = 0, 0

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

-- Reads tickets of a pool: who waits, then who is claimed, then who has ended. Records of those who wait and asked for
-- nothing go unread to where they are to be kept, if that is given. Answers with whether all of them wait.
local function load(pool, ids, keep)
  local missing, count = {}, 0
  for from = 1, #ids, MOST do
    local records = call('HMGET', pool.waiting, unpack(ids, from, math.min(from + MOST - 1, #ids)))
    for index = 1, #records do
      local id, record = ids[from + index - 1], records[index]
      if record then
        local first, _, third = byte(record, 1, 3)
        if keep and first == 119 and third == 45 then
          keep[id] = record
        else
          tickets[id] = parse(pool, 'waiting', id, record)
        end
      else
        count = count + 1
        missing[count] = id
      end
    end
  end
  if count == 0 then return true end
  local rest = {}
  hmget(pool.claimed, missing, function(id, record)
    if record then tickets[id] = parse(pool, 'claimed', id, record) else rest[#rest + 1] = id end
  end)
  over('ended:', rest, function(id, record)
    tickets[id] = record and parse(pool, nil, id, record)
  end)
  return false
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
`;
