import { BY_INDEX } from "./001-by-index.js";

/**
 * What anyone may ask, many at a time: the requests' half of the life of a ticket. The arrays of a kind stand side by
 * side, each in the order of `place`. No ticket, player, request id or answer comes twice in one call: requests that
 * build on each other come in several calls. Only leaves and joins may, in ways that nobody can see beforehand.
 *
 * Returns what is not the usual outcome: a join that added, a leave that left, an answer that was recorded and a beat
 * of a live ticket are left out.
 */
export const submitFunction = `
CREATE FUNCTION {schema}.submit(
  p_now bigint,
  j_place integer[], j_pool integer[], j_id text[], j_ticket text[], j_joined bigint[], j_expires bigint[],
  j_heartbeat bigint[], j_request text[], j_request_id text[], j_most integer[], j_players text[],
  jp_join integer[], jp_pool integer[], jp_queue text[], jp_player text[], jp_ticket text[], jp_first boolean[],
  l_place integer[], l_pool integer[], l_id text[],
  b_place integer[], b_pool integer[], b_id text[],
  a_place integer[], a_pool integer[], a_match text[], a_player text[], a_accepted boolean[]
) RETURNS TABLE (place integer, outcome text, ref text)
LANGUAGE plpgsql ${BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
  pools integer[] := (SELECT array_agg(DISTINCT u ORDER BY u) FROM unnest(j_pool || l_pool || b_pool || a_pool) u);
  n integer;
  left_place integer[] := '{}';
  left_pool integer[] := '{}';
  left_id text[] := '{}';
  verdict "char"[];
  blocked text[];
  blocked_ord bigint[];
  same text[];
  gap integer;
  row_ record;
  full_ record;
  c_place integer[] := '{}';
  c_pool integer[] := '{}';
  c_type "char"[] := '{}';
  c_ref text[] := '{}';
  c_extra text[] := '{}';
  q_place integer[];
  q_pool integer[];
  q_ref text[];
  q_extra text[];
BEGIN
  -- In one order everywhere, so that nobody waits for somebody who waits for him.
  PERFORM FROM {schema}.pools p WHERE p.id = ANY (pools) ORDER BY p.id FOR NO KEY UPDATE;
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n < cardinality(pools) THEN
    RAISE EXCEPTION 'a pool is not there any more' USING ERRCODE = 'EM002';
  END IF;

  IF cardinality(l_id) > 0 THEN
    FOR row_ IN
      SELECT l.place, l.pool, l.id, t.match_id, t.ended, t.leaving, t.id IS NOT NULL AS is_known, m.state
      FROM unnest(l_place, l_pool, l_id) l(place, pool, id)
      LEFT JOIN {schema}.tickets t ON t.id = l.id AND t.pool = l.pool
      LEFT JOIN {schema}.matches m ON m.id = t.match_id
    LOOP
      IF row_.is_known AND row_.ended IS NULL AND row_.match_id IS NULL THEN
        left_place := left_place || row_.place;
        left_pool := left_pool || row_.pool;
        left_id := left_id || row_.id;
      ELSIF row_.ended = 'l' THEN
        CONTINUE;
      ELSIF row_.match_id IS NOT NULL THEN
        IF row_.state = 'c' AND NOT row_.leaving THEN
          UPDATE {schema}.tickets t SET leaving = true WHERE t.id = row_.id;
          c_place := c_place || row_.place;
          c_pool := c_pool || row_.pool;
          c_type := c_type || 'y'::"char";
          c_ref := c_ref || row_.id;
          c_extra := c_extra || NULL::text;
        END IF;
        RETURN QUERY SELECT row_.place, 'claimed', row_.match_id;
      ELSE
        RETURN QUERY SELECT row_.place, 'unknown', NULL::text;
      END IF;
    END LOOP;
    IF cardinality(left_id) > 0 THEN
      UPDATE {schema}.tickets t SET ended = 'l', ended_on = now() FROM unnest(left_id) u(id) WHERE t.id = u.id;
      DELETE FROM {schema}.live v USING (
        SELECT p.queue, x.player FROM unnest(left_id) u(id)
        JOIN {schema}.tickets t ON t.id = u.id JOIN {schema}.pools p ON p.id = t.pool, unnest(t.players) x(player)
      ) g WHERE v.queue = g.queue AND v.player = g.player;
      c_place := c_place || left_place;
      c_pool := c_pool || left_pool;
      c_type := c_type || array_fill('l'::"char", ARRAY[cardinality(left_id)]);
      c_ref := c_ref || left_id;
      c_extra := c_extra || array_fill(NULL::text, ARRAY[cardinality(left_id)]);
    END IF;
  END IF;

  IF cardinality(b_id) > 0 THEN
    RETURN QUERY
      SELECT b.place, 'ended', NULL::text FROM unnest(b_place, b_pool, b_id) b(place, pool, id)
      LEFT JOIN {schema}.tickets t ON t.id = b.id AND t.pool = b.pool
      LEFT JOIN {schema}.matches m ON m.id = t.match_id
      WHERE t.id IS NULL OR t.ended IS NOT NULL OR (t.match_id IS NOT NULL AND m.state IS DISTINCT FROM 'c');
    WITH heard AS (
      UPDATE {schema}.tickets t SET seen_at = p_now FROM unnest(b_place, b_pool, b_id) b(place, pool, id)
      WHERE t.id = b.id AND t.pool = b.pool AND t.ended IS NULL AND t.heartbeat_ms IS NOT NULL
        AND (t.match_id IS NULL OR EXISTS (SELECT FROM {schema}.matches m WHERE m.id = t.match_id AND m.state = 'c'))
      RETURNING b.place, b.pool, b.id
    )
    SELECT array_agg(h.place), array_agg(h.pool), array_agg(h.id) INTO q_place, q_pool, q_ref FROM heard h;
    IF cardinality(q_place) > 0 THEN
      c_place := c_place || q_place;
      c_pool := c_pool || q_pool;
      c_type := c_type || array_fill('b'::"char", ARRAY[cardinality(q_place)]);
      c_ref := c_ref || q_ref;
      c_extra := c_extra || array_fill(NULL::text, ARRAY[cardinality(q_place)]);
    END IF;
  END IF;

  IF cardinality(a_match) > 0 THEN
    WITH asked AS (
      SELECT a.place, a.pool, a.match, a.player, a.accepted, CASE
        WHEN m.id IS NULL OR NOT EXISTS (
          SELECT FROM unnest(m.tickets) u(id) JOIN {schema}.tickets t ON t.id = u.id WHERE a.player = ANY (t.players)
        ) THEN 'unknown'
        WHEN EXISTS (SELECT FROM {schema}.answers w WHERE w.match_id = m.id AND w.player = a.player) THEN 'already'
        WHEN m.state <> 'c' OR m.accept_by IS NULL OR p_now >= m.accept_by THEN 'closed'
        ELSE 'recorded' END AS says
      FROM unnest(a_place, a_pool, a_match, a_player, a_accepted) a(place, pool, match, player, accepted)
      LEFT JOIN {schema}.matches m ON m.id = a.match AND m.pool = a.pool
    ), recorded AS (
      INSERT INTO {schema}.answers (match_id, player, accepted)
      SELECT k.match, k.player, k.accepted FROM asked k WHERE k.says = 'recorded'
    )
    SELECT array_agg(k.place), array_agg(k.pool), array_agg(k.match),
      array_agg(k.says || CASE WHEN k.accepted THEN ' 1' ELSE ' 0' END || k.player)
    INTO q_place, q_pool, q_ref, q_extra FROM asked k;
    FOR n IN 1 .. cardinality(q_place) LOOP
      IF starts_with(q_extra[n], 'recorded ') THEN
        c_place := c_place || q_place[n];
        c_pool := c_pool || q_pool[n];
        c_type := c_type || 'a'::"char";
        c_ref := c_ref || q_ref[n];
        c_extra := c_extra || substr(q_extra[n], 10);
      ELSE
        RETURN QUERY SELECT q_place[n], split_part(q_extra[n], ' ', 1), NULL::text;
      END IF;
    END LOOP;
  END IF;

  IF cardinality(j_id) > 0 THEN
    -- In whose way somebody stands already, a ticket or nothing for each join.
    SELECT array_agg(b.ticket ORDER BY b.n), array_agg(b.ord ORDER BY b.n) INTO blocked, blocked_ord FROM (
      SELECT u.n, (array_agg(v.ticket ORDER BY u.ord) FILTER (WHERE v.ticket IS NOT NULL))[1] AS ticket,
        min(u.ord) FILTER (WHERE v.ticket IS NOT NULL) AS ord
      FROM unnest(jp_join, jp_queue, jp_player) WITH ORDINALITY u(n, queue, player, ord)
      LEFT JOIN {schema}.live v ON v.queue = u.queue AND v.player = u.player GROUP BY u.n
    ) b;
    -- Who leaves later in this very call is still there.
    FOR row_ IN
      SELECT u.n, u.ord, t.id FROM unnest(left_place, left_id) l(place, id)
      JOIN {schema}.tickets t ON t.id = l.id JOIN {schema}.pools p ON p.id = t.pool
      JOIN unnest(jp_join, jp_queue, jp_player) WITH ORDINALITY u(n, queue, player, ord)
        ON u.queue = p.queue AND u.player = ANY (t.players)
      WHERE l.place > j_place[u.n]
    LOOP
      CONTINUE WHEN blocked_ord[row_.n] < row_.ord;
      blocked[row_.n] := row_.id;
      blocked_ord[row_.n] := row_.ord;
    END LOOP;
    SELECT array_agg(CASE WHEN g.same IS NOT NULL THEN 's'::"char" WHEN g.conflict IS NOT NULL THEN 'k' ELSE 'a' END ORDER BY g.n),
      array_agg(COALESCE(g.same, g.conflict) ORDER BY g.n)
    INTO verdict, same FROM (
      SELECT j.n, COALESCE(s.ticket, r.ticket) AS same, k.ticket AS conflict
      FROM unnest(j_id, j_request, blocked) WITH ORDINALITY j(id, request, blocked, n)
      LEFT JOIN {schema}.tickets s ON s.id = j.id
      LEFT JOIN {schema}.tickets r ON r.request = j.request
      LEFT JOIN {schema}.tickets k ON k.id = j.blocked
    ) g;

    RETURN QUERY
      SELECT u.place, CASE u.verdict WHEN 's' THEN 'same' ELSE 'conflict' END, u.same
      FROM unnest(j_place, verdict, same) u(place, verdict, same) WHERE u.verdict <> 'a';

    -- Only where it may get full does the order within the call count.
    FOR full_ IN
      SELECT p.id, p.waiting FROM {schema}.pools p JOIN (
        SELECT u.pool, count(*) AS more, min(u.most) AS most FROM unnest(j_pool, j_most, verdict) u(pool, most, verdict)
        WHERE u.verdict = 'a' GROUP BY u.pool
      ) u ON u.pool = p.id WHERE p.waiting + u.more > u.most
    LOOP
      gap := full_.waiting;
      FOR row_ IN
        SELECT e.place, e.n, e.most FROM (
          SELECT j.place, j.n, j.most FROM unnest(j_place, j_pool, j_most, verdict) WITH ORDINALITY j(place, pool, most, verdict, n)
          WHERE j.pool = full_.id AND j.verdict = 'a'
          UNION ALL
          SELECT l.place, NULL, NULL FROM unnest(left_place, left_pool) l(place, pool) WHERE l.pool = full_.id
        ) e ORDER BY e.place
      LOOP
        IF row_.n IS NULL THEN
          gap := gap - 1;
        ELSIF gap >= row_.most THEN
          verdict[row_.n] := 'f';
          RETURN QUERY SELECT row_.place, 'full', gap::text;
        ELSE
          gap := gap + 1;
        END IF;
      END LOOP;
    END LOOP;

    -- Another pool of the queue has another lock: who was faster there is seen here, and the call is sent again.
    INSERT INTO {schema}.tickets (id, pool, ticket, joined_at, expires_at, heartbeat_ms, request, players)
      SELECT j.id, j.pool, j.ticket, j.joined, j.expires, j.heartbeat, j.request, j.players::text[]
      FROM unnest(j_id, j_pool, j_ticket, j_joined, j_expires, j_heartbeat, j_request, j_players, verdict)
        j(id, pool, ticket, joined, expires, heartbeat, request, players, verdict)
      WHERE j.verdict = 'a' ORDER BY j.request
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n < (SELECT count(*) FROM unnest(verdict) u(verdict) WHERE u.verdict = 'a') THEN
      RAISE EXCEPTION 'a request was answered elsewhere' USING ERRCODE = 'EM003';
    END IF;
    INSERT INTO {schema}.live (queue, player, ticket, pool, is_first)
      SELECT u.queue, u.player, u.ticket, u.pool, u.is_first
      FROM unnest(jp_join, jp_pool, jp_queue, jp_player, jp_ticket, jp_first) u(n, pool, queue, player, ticket, is_first)
      WHERE verdict[u.n] = 'a' ORDER BY u.queue, u.player
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n < (SELECT count(*) FROM unnest(jp_join) u(n) WHERE verdict[u.n] = 'a') THEN
      RAISE EXCEPTION 'a player joined elsewhere' USING ERRCODE = 'EM003';
    END IF;

    SELECT array_agg(j.place), array_agg(j.pool), array_agg(j.id), array_agg(j.request_id)
    INTO q_place, q_pool, q_ref, q_extra
    FROM unnest(j_place, j_pool, j_id, j_request_id, verdict) j(place, pool, id, request_id, verdict) WHERE j.verdict = 'a';
    IF cardinality(q_place) > 0 THEN
      c_place := c_place || q_place;
      c_pool := c_pool || q_pool;
      c_type := c_type || array_fill('j'::"char", ARRAY[cardinality(q_place)]);
      c_ref := c_ref || q_ref;
      c_extra := c_extra || q_extra;
    END IF;
  END IF;

  IF cardinality(c_place) > 0 THEN
    WITH c AS (
      SELECT u.pool, u.type, u.ref, u.extra, row_number() OVER (PARTITION BY u.pool ORDER BY u.place) AS n
      FROM unnest(c_place, c_pool, c_type, c_ref, c_extra) u(place, pool, type, ref, extra)
    ), moved AS (
      UPDATE {schema}.pools p SET seq = p.seq + s.n, waiting = p.waiting + s.came
      FROM (
        SELECT c.pool, count(*) AS n,
          count(*) FILTER (WHERE c.type = 'j') - count(*) FILTER (WHERE c.type = 'l') AS came
        FROM c GROUP BY c.pool
      ) s WHERE p.id = s.pool
      RETURNING p.id, p.seq - s.n AS base, p.owner
    )
    -- Nobody hears the changes of a pool without an owner: who comes to own it gets it whole.
    INSERT INTO {schema}.changes (pool, seq, at, type, ref, extra)
      SELECT c.pool, m.base + c.n, p_now, c.type, c.ref, c.extra FROM c JOIN moved m ON m.id = c.pool
      WHERE m.owner IS NOT NULL;
  END IF;
END $$;
`;
