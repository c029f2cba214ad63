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
-- Players of these tickets may join again.
CREATE FUNCTION {schema}.free(p_tickets text[]) RETURNS void
LANGUAGE plpgsql ${BY_INDEX} AS $$
BEGIN
  DELETE FROM {schema}.live v USING (
    SELECT l.tid FROM unnest(p_tickets) u(id)
    CROSS JOIN LATERAL (SELECT t.pool, t.players FROM {schema}.tickets t WHERE t.id = u.id LIMIT 1) t
    CROSS JOIN LATERAL (SELECT p.queue FROM {schema}.pools p WHERE p.id = t.pool LIMIT 1) p
    CROSS JOIN LATERAL unnest(t.players) x(player)
    CROSS JOIN LATERAL (
      SELECT v.ctid AS tid FROM {schema}.live v WHERE v.queue = p.queue AND v.player = x.player LIMIT 1
    ) l
    OFFSET 0
  ) g WHERE v.ctid = g.tid;
END $$;

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
  left_at jsonb;
  verdict "char"[];
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
      LEFT JOIN LATERAL (SELECT * FROM {schema}.tickets t WHERE t.id = l.id AND t.pool = l.pool LIMIT 1) t ON true
      LEFT JOIN LATERAL (SELECT m.state FROM {schema}.matches m WHERE m.id = t.match_id LIMIT 1) m ON true
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
      UPDATE {schema}.tickets t SET ended = 'l', ended_on = now() WHERE t.id = ANY (left_id);
      left_at := jsonb_object(left_id, left_place::text[]);
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
      LEFT JOIN LATERAL (SELECT * FROM {schema}.tickets t WHERE t.id = b.id AND t.pool = b.pool LIMIT 1) t ON true
      LEFT JOIN LATERAL (SELECT m.state FROM {schema}.matches m WHERE m.id = t.match_id LIMIT 1) m ON true
      WHERE t.id IS NULL OR t.ended IS NOT NULL OR (t.match_id IS NOT NULL AND m.state IS DISTINCT FROM 'c');
    WITH heard AS (
      UPDATE {schema}.tickets t SET seen_at = p_now FROM (
        SELECT b.place, b.pool, b.id, k.tid FROM unnest(b_place, b_pool, b_id) b(place, pool, id)
        CROSS JOIN LATERAL (
          SELECT t.ctid AS tid, t.match_id FROM {schema}.tickets t
          WHERE t.id = b.id AND t.pool = b.pool AND t.ended IS NULL AND t.heartbeat_ms IS NOT NULL LIMIT 1
        ) k
        LEFT JOIN LATERAL (SELECT m.state FROM {schema}.matches m WHERE m.id = k.match_id LIMIT 1) m ON true
        WHERE k.match_id IS NULL OR m.state = 'c'
        OFFSET 0
      ) b WHERE t.ctid = b.tid
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
        WHEN m.id IS NULL OR s.is_seated IS NULL THEN 'unknown'
        WHEN w.is_answered THEN 'already'
        WHEN m.state <> 'c' OR m.accept_by IS NULL OR p_now >= m.accept_by THEN 'closed'
        ELSE 'recorded' END AS says
      FROM unnest(a_place, a_pool, a_match, a_player, a_accepted) a(place, pool, match, player, accepted)
      LEFT JOIN LATERAL (
        SELECT m.id, m.state, m.accept_by, m.tickets FROM {schema}.matches m WHERE m.id = a.match AND m.pool = a.pool LIMIT 1
      ) m ON true
      LEFT JOIN LATERAL (
        SELECT true AS is_seated FROM unnest(m.tickets) u(id)
        CROSS JOIN LATERAL (SELECT t.players FROM {schema}.tickets t WHERE t.id = u.id LIMIT 1) t
        WHERE a.player = ANY (t.players) LIMIT 1
      ) s ON true
      LEFT JOIN LATERAL (
        SELECT true AS is_answered FROM {schema}.answers w WHERE w.match_id = m.id AND w.player = a.player LIMIT 1
      ) w ON true
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
    verdict := array_fill('a'::"char", ARRAY[cardinality(j_id)]);
    FOR row_ IN
      SELECT j.n, COALESCE(s.ticket, r.ticket) AS same FROM unnest(j_id, j_request) WITH ORDINALITY j(id, request, n)
      LEFT JOIN LATERAL (SELECT t.ticket FROM {schema}.tickets t WHERE t.id = j.id LIMIT 1) s ON true
      LEFT JOIN LATERAL (SELECT t.ticket FROM {schema}.tickets t WHERE t.request = j.request LIMIT 1) r ON true
      WHERE s.ticket IS NOT NULL OR r.ticket IS NOT NULL
    LOOP
      verdict[row_.n] := 's';
      RETURN QUERY SELECT j_place[row_.n], 'same', row_.same;
    END LOOP;
    FOR row_ IN
      SELECT u.n, t.ticket FROM unnest(jp_join, jp_queue, jp_player) WITH ORDINALITY u(n, queue, player, ord)
      CROSS JOIN LATERAL (
        SELECT v.ticket AS id FROM {schema}.live v WHERE v.queue = u.queue AND v.player = u.player LIMIT 1
      ) v
      CROSS JOIN LATERAL (SELECT t.ticket FROM {schema}.tickets t WHERE t.id = v.id LIMIT 1) t
      -- Who leaves in this very call is gone for those who come later.
      WHERE COALESCE((left_at ->> v.id)::integer > j_place[u.n], true)
      ORDER BY u.ord
    LOOP
      CONTINUE WHEN verdict[row_.n] <> 'a';
      verdict[row_.n] := 'k';
      RETURN QUERY SELECT j_place[row_.n], 'conflict', row_.ticket;
    END LOOP;
  END IF;
  IF cardinality(left_id) > 0 THEN
    PERFORM {schema}.free(left_id);
  END IF;

  IF cardinality(j_id) > 0 THEN
    -- Only where it may get full does the order within the call count.
    FOR full_ IN
      SELECT p.id, p.waiting FROM (
        SELECT u.pool, count(*) AS more, min(u.most) AS most FROM unnest(j_pool, j_most, verdict) u(pool, most, verdict)
        WHERE u.verdict = 'a' GROUP BY u.pool
      ) u CROSS JOIN LATERAL (SELECT p.id, p.waiting FROM {schema}.pools p WHERE p.id = u.pool LIMIT 1) p
      WHERE p.waiting + u.more > u.most
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
        SELECT k.tid, c.n, c.came FROM (
          SELECT c.pool, count(*) AS n,
            count(*) FILTER (WHERE c.type = 'j') - count(*) FILTER (WHERE c.type = 'l') AS came
          FROM c GROUP BY c.pool
        ) c CROSS JOIN LATERAL (SELECT p.ctid AS tid FROM {schema}.pools p WHERE p.id = c.pool LIMIT 1) k
        OFFSET 0
      ) s WHERE p.ctid = s.tid
      RETURNING p.id, p.seq - s.n AS base, EXISTS (
        SELECT FROM {schema}.owners o WHERE o.id = p.owner AND o.alive_until > clock_timestamp() - interval '1 minute'
      ) AS is_run
    )
    -- Who comes to own a pool that nobody runs gets it whole, and hears besides who has left it.
    INSERT INTO {schema}.changes (pool, seq, at, type, ref, extra)
      SELECT c.pool, m.base + c.n, p_now, c.type, c.ref, c.extra FROM c JOIN moved m ON m.id = c.pool
      WHERE m.is_run OR c.type = 'l';
  END IF;
END $$;
`;
