/** The last step of a script: what has changed is noted while the table is run, and written at the end. */
export const CHANGED = String.raw`
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

local said = 0
local function says(place, outcome, about)
  local n = said
  said = n + 3
  outcomes[n + 1], outcomes[n + 2], outcomes[n + 3] = place, outcome, about or ''
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

-- The same for what stands side by side in the arguments.
local function range(list, from, count)
  if count == 0 then return end
  list.ranges = list.ranges or {}
  list.ranges[#list.ranges + 1] = { from, from + count - 1 }
end

local function sendPart(command, key, list, first, last)
  for from = first, last, MOST do
    call(command, key, unpack(list, from, math.min(from + MOST - 1, last)))
  end
end

local function send(command, key, list)
  sendPart(command, key, list, 1, list.n)
  for _, part in ipairs(list.ranges or {}) do sendPart(command, key, ARGV, part[1], part[2]) end
end

-- Whoever ends has no live ticket any more.
local free = { n = 0 }
local function frees(name) remove(free, name) end

-- By key: what is set, and what is deleted.
local sets, gone = {}, {}
local endedNow, closedNow = tag .. 'ended:' .. spans[1], tag .. 'closed:' .. spans[1]

local function tellOwner(pool)
  local stand = { 'seq', format('%.0f', pool.seq), 'link', link }
  if pool.isReleased then stand[5], stand[6] = 'released', format('%.0f', time.now) end
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
  local over = {}
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
  if #sets > 0 then keepTime(tag, time) end
  -- What is set aside may have a successor.
  for index = 1, #corrupt do
    local key, id, record = unpack(corrupt[index])
    call('HSET', tag .. 'corrupt', id, record)
    call('HDEL', key, id)
  end
  for from = 1, #made, MOST do call('MSET', unpack(made, from, math.min(from + MOST - 1, #made))) end
  for index = 1, #over, 2 do call('SET', over[index], over[index + 1], 'PX', dedupe) end
  for index = 1, #sets do send('HSET', sets[index], sets[sets[index]]) end
  for _, what in ipairs({ 'ended:', 'closed:' }) do
    if sets[tag .. what .. spans[1]] then
      -- Should nobody be there to throw it away.
      call('PEXPIRE', tag .. what .. spans[1], 6 * spans.width)
      call('UNLINK', tag .. what .. spans[4], tag .. what .. spans[5], tag .. what .. spans[6])
    end
  end
  if live then send('HSET', KEYS[1], live) end
  for index = 1, #gone do send('HDEL', gone[index], gone[gone[index]]) end
  send('HDEL', KEYS[1], free)
end

local function unreadable()
  local ids = {}
  for index = 1, #corrupt do ids[index] = corrupt[index][2] end
  return ids
end
`;
