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
 * | `ended:<ticket>`, `match:<match>`, `request:<request>` | what is over, for a while; requests while they live, too |
 * | `changes:<place>` | a stream: one entry for each call that changed the pool, and for each that took it |
 * | `news` | a stream that wakes the owners of the queue |
 * | `corrupt` | records that could not be read |
 *
 * A ticket is the text `<state><leaving><seen>\n<match>\n<request>\n<players>\n<joined> <expires> <heartbeat>\n<body>`, a
 * match `<state>\n<accept by>\n<tickets>\n<players>\n<answers>\n<assignment>\n<body>`. Bodies are JSON as it came: a
 * script never writes JSON, because its numbers are not those of JavaScript. Texts of JSON hold no line break and no
 * tab, so these separate them.
 *
 * Every call that changes a pool brings a `link`, a text that no other call has. An entry says which link it follows
 * on, so that whoever reads the stream sees when a part of it is missing or was replaced: a server that comes back
 * with less than it had goes on with numbers that were given before.
 */
export const LIFE = String.raw`
local call, match, sub, find, concat, format = redis.call, string.match, string.sub, string.find, table.concat, string.format
local tag, now, retain, dedupe, link = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local nowMs = tonumber(now)
local clock = call('TIME')
local server = clock[1] * 1000 + math.floor(clock[2] / 1000)
-- Lua hands over no more values at once than some 8,000.
local MOST = 4000
-- The owner of a pool is told for so long after it was last known to live: it may come back.
local HEARS = 60000
local LONGEST = '20000'

local pools, order = {}, {}
local tickets, ended = {}, {}
local matches, closed = {}, {}
local players, requests = {}, {}
local changedPlayers, made, corrupt, outcomes = {}, {}, {}, {}

local function poolAt(place)
  local pool = pools[place]
  if pool then return pool end
  local key = tag .. 'pool:' .. place
  local stand = call('HMGET', key, 'seq', 'link', 'owner', 'until', 'fence')
  local changes = tag .. 'changes:' .. place
  call('XLEN', changes)
  local seq = tonumber(stand[1] or 0)
  pool = {
    place = place, key = key, changes = changes, waiting = tag .. 'waiting:' .. place,
    claimed = tag .. 'claimed:' .. place, pending = tag .. 'pending:' .. place,
    from = seq, seq = seq, link = stand[2] or '', isNew = not stand[1], fence = stand[5],
    hears = (stand[3] or '') ~= '' and server < tonumber(stand[4] or 0) + HEARS,
    lines = {}, more = 0
  }
  pools[place] = pool
  order[#order + 1] = pool
  return pool
end

-- The place that an id carries.
local function placeOf(id)
  return match(id, '^[^.]+%.(.+)%.[^.]+$')
end

local function parse(pool, at, id, record)
  local state, leaving, seen, of, rest = match(record, '^(%l)([-y])(-?%d*)\n([^\n]*)\n([^\n]*\n[^\n]*\n%S* %S* %S*\n.+)$')
  if not state then
    if at then corrupt[#corrupt + 1] = { pool[at], id, record } end
    return false
  end
  return { id = id, pool = pool, at = at, state = state, leaving = leaving == 'y', seen = seen, match = of, rest = rest }
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

-- Reads tickets of a pool: who waits, then who is claimed, then who has ended.
local function load(pool, ids)
  local missing = ids
  for _, at in ipairs({ 'waiting', 'claimed' }) do
    local rest = {}
    hmget(pool[at], missing, function(id, record)
      if record then tickets[id] = parse(pool, at, id, record) else rest[#rest + 1] = id end
    end)
    missing = rest
  end
  mget(tag .. 'ended:', missing, function(id, record)
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

-- What a ticket was joined with: its request, its players, its times and its body.
local function detail(t)
  if not t.players then
    t.request, t.players, t.joined, t.expires, t.heartbeat, t.body =
      match(t.rest, '^([^\n]*)\n([^\n]*)\n(%S*) (%S*) (%S*)\n(.*)$')
  end
  return t
end

local function matchOf(pool, id, states, at, record)
  local state = match(record, '^([' .. states .. '])\n[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\n.')
  return state and { id = id, pool = pool, at = at, state = state, tail = sub(record, 3) }
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
  mget(tag .. 'match:', missing, function(id, record)
    matches[id] = record and matchOf(pool, id, 'dr', nil, record) or false
  end)
end

-- Of a match: until when it waits for answers, its tickets and players, who has answered, its assignment and its body.
local function read(m)
  if not m.body then
    m.acceptBy, m.tickets, m.players, m.answers, m.assignment, m.body =
      match(m.tail, '^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  end
  return m
end

local function idsOf(m)
  if not m.ids then
    m.ids = {}
    for id in string.gmatch(read(m).tickets, '[^ ]+') do m.ids[#m.ids + 1] = id end
  end
  return m.ids
end

local function changed(m)
  if not m.isChanged then
    m.isChanged = true
    closed[#closed + 1] = m
  end
end

-- A change of a pool, and whether it is one that whoever runs the pool next has to tell.
local function tell(pool, line, isEnd)
  pool.seq = pool.seq + 1
  if pool.hears then pool.lines[#pool.lines + 1] = line
  elseif isEnd then pool.lines[#pool.lines + 1] = format('%.0f ', pool.seq) .. line end
end

local function becomes(t, state, of)
  if t.state == 'w' then t.pool.more = t.pool.more - 1 end
  if state == 'w' then t.pool.more = t.pool.more + 1 end
  t.state, t.match = state, of
  if not t.isChanged then
    t.isChanged = true
    ended[#ended + 1] = t
  end
end

local function player(name, id)
  if changedPlayers[name] == nil then changedPlayers[#changedPlayers + 1] = name end
  changedPlayers[name] = true
  players[name] = id
end

local function ends(t, state)
  becomes(t, state, state == 'm' and t.match or '')
  for name in string.gmatch(detail(t).players, '[^\t]+') do player(name, false) end
end

local function says(place, outcome, about)
  local n = #outcomes
  outcomes[n + 1], outcomes[n + 2], outcomes[n + 3] = place, outcome, about or ''
end

local function send(command, key, list, width)
  local most = MOST - MOST % width
  for from = 1, #list, most do
    call(command, key, unpack(list, from, math.min(from + most - 1, #list)))
  end
end

local function listOf(lists, key)
  local list = lists[key]
  if not list then
    list = {}
    lists[key], lists[#lists + 1] = list, key
  end
  return list
end

local function tellOwner(pool)
  call('HSET', pool.key, 'seq', format('%.0f', pool.seq), 'link', link)
  if #pool.lines > 0 then
    local entry = { pool.changes, 'MAXLEN', '~', LONGEST, format('%.0f-0', pool.seq), 'a', now }
    local rest = { 'e' }
    if pool.hears then rest = { 'p', pool.link, 'l', link, 'f', format('%.0f', pool.from + 1), 'c' } end
    for index = 1, #rest do entry[#entry + 1] = rest[index] end
    entry[#entry + 1] = concat(pool.lines, '\n')
    local added = redis.pcall('XADD', unpack(entry))
    if type(added) == 'table' and added.err then
      -- The numbers of the pool have begun anew beside a stream that is older: its owner gets the pool again.
      call('DEL', pool.changes)
      call('XADD', unpack(entry))
    end
    if not pool.hears then call('PEXPIRE', pool.changes, math.max(retain, dedupe)) end
  end
  if pool.isNew then
    call('SADD', tag .. 'pools', pool.place)
    call('XADD', tag .. 'news', 'MAXLEN', '~', '100', '*', 'o', '1')
  end
end

-- Writes all that has changed. The first command is one that a server refuses when it cannot take writes.
local function commit()
  for _, pool in ipairs(order) do
    if pool.isNew and pool.seq > pool.from then
      call('SISMEMBER', tag .. 'pools', pool.place)
      call('XLEN', tag .. 'news')
    end
  end
  if #corrupt > 0 then call('HLEN', tag .. 'corrupt') end
  for _, pool in ipairs(order) do
    if pool.seq > pool.from then tellOwner(pool) end
  end
  local sets, gone = {}, {}
  for index = 1, #ended do
    local t = ended[index]
    local record = t.state .. (t.leaving and 'y' or '-') .. t.seen .. '\n' .. t.match .. '\n' .. t.rest
    local at = t.state == 'w' and 'waiting' or t.state == 'c' and 'claimed' or nil
    if at then
      local list = listOf(sets, t.pool[at])
      list[#list + 1], list[#list + 2] = t.id, record
    else
      local request = detail(t).request
      call('SET', tag .. 'ended:' .. t.id, record, 'PX', request == '' and retain or dedupe)
      if request ~= '' then call('SET', tag .. 'request:' .. request, t.id, 'PX', dedupe) end
    end
    if t.at and t.at ~= at then
      local list = listOf(gone, t.pool[t.at])
      list[#list + 1] = t.id
    end
  end
  for index = 1, #closed do
    local m = closed[index]
    local tail = m.body and concat({ m.acceptBy, m.tickets, m.players, m.answers, m.assignment, m.body }, '\n') or m.tail
    local record = m.state .. '\n' .. tail
    if m.state == 'c' or m.state == 's' then
      local list = listOf(sets, m.pool.pending)
      list[#list + 1], list[#list + 2] = m.id, record
    else
      call('SET', tag .. 'match:' .. m.id, record, 'PX', retain)
      if m.at then
        local list = listOf(gone, m.pool.pending)
        list[#list + 1] = m.id
      end
    end
  end
  local live, free = {}, {}
  for index = 1, #changedPlayers do
    local name = changedPlayers[index]
    local id = players[name]
    if id then live[#live + 1], live[#live + 2] = name, id else free[#free + 1] = name end
  end
  for index = 1, #sets do send('HSET', sets[index], sets[sets[index]], 2) end
  if #live > 0 then send('HSET', KEYS[1], live, 2) end
  if #made > 0 then
    for from = 1, #made, MOST do call('MSET', unpack(made, from, math.min(from + MOST - 1, #made))) end
  end
  for index = 1, #corrupt do
    local key, id, record = unpack(corrupt[index])
    call('HSET', tag .. 'corrupt', id, record)
    call('HDEL', key, id)
  end
  for index = 1, #gone do send('HDEL', gone[index], gone[gone[index]], 1) end
  if #free > 0 then send('HDEL', KEYS[1], free, 1) end
end

local function unreadable()
  local ids = {}
  for index = 1, #corrupt do ids[index] = corrupt[index][2] end
  return ids
end
`;
