import { BY_INDEX } from "./001-by-index.js";

/**
 * What only the owner of a pool decides, many at a time: the decisions' half of the life of a ticket, under the fence
 * that is checked first. A claim may settle in the same breath, at the place that `c_settles` names. No ticket and
 * no match comes twice in one call, and releases come alone.
 *
 * Returns what is not the usual outcome: what was claimed, settled, delivered, expired and released is left out.
 */
export const decideFunction = `
CREATE FUNCTION {schema}.decide(
  p_pool integer, p_fence bigint, p_now bigint,
  c_place integer[], c_id text[], c_match text[], c_accept bigint[], c_tickets text[], c_settles integer[],
  c_assignment text[], ct_claim integer[], ct_match text[], ct_ticket text[],
  s_place integer[], s_id text[], s_assignment text[],
  d_place integer[], d_id text[],
  e_place integer[], e_id text[],
  r_place integer[], r_id text[], r_drop text[], r_reason text[]
) RETURNS TABLE (place integer, outcome text, refs text[])
LANGUAGE plpgsql ${BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
  own {schema}.pools%ROWTYPE;
  verdict "char"[];
  tids tid[];
  came integer := 0;
  n integer;
  row_ record;
  m {schema}.matches%ROWTYPE;
  ends text[];
  is_accepted boolean;
  k_place integer[] := '{}';
  k_type "char"[] := '{}';
  k_ref text[] := '{}';
  k_extra text[] := '{}';
  q_place integer[];
  q_ref text[];
BEGIN
  SELECT * INTO own FROM {schema}.pools p WHERE p.id = p_pool AND p.fence = p_fence FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the pool has a newer owner' USING ERRCODE = 'EM001';
  END IF;

  IF cardinality(c_id) > 0 THEN
    verdict := array_fill('w'::"char", ARRAY[cardinality(c_id)]);
    FOR row_ IN
      SELECT c.n, k.state FROM unnest(c_id) WITH ORDINALITY c(id, n)
      CROSS JOIN LATERAL (SELECT k.state FROM {schema}.matches k WHERE k.id = c.id LIMIT 1) k
    LOOP
      verdict[row_.n] := CASE row_.state WHEN 'r' THEN 'r'::"char" ELSE 'k' END;
    END LOOP;
    SELECT array_agg(t.tid ORDER BY u.n) INTO tids FROM unnest(ct_ticket) WITH ORDINALITY u(ticket, n)
    LEFT JOIN LATERAL (
      SELECT t.ctid AS tid FROM {schema}.tickets t
      WHERE t.id = u.ticket AND t.match_id IS NULL AND t.ended IS NULL AND t.pool = p_pool LIMIT 1
    ) t ON true;
    IF array_position(tids, NULL) IS NOT NULL THEN
      FOR n IN 1 .. cardinality(tids) LOOP
        IF tids[n] IS NULL AND verdict[ct_claim[n]] = 'w' THEN
          verdict[ct_claim[n]] := 'g';
        END IF;
      END LOOP;
      RETURN QUERY
        SELECT c_place[u.claim], 'gone', array_agg(u.ticket ORDER BY u.n)
        FROM unnest(ct_claim, ct_ticket, tids) WITH ORDINALITY u(claim, ticket, tid, n)
        WHERE verdict[u.claim] = 'g' AND u.tid IS NULL GROUP BY u.claim;
    END IF;
    IF 'r' = ANY (verdict) THEN
      RETURN QUERY
        SELECT c_place[u.claim], 'gone', array_agg(u.ticket ORDER BY u.n)
        FROM unnest(ct_claim, ct_ticket) WITH ORDINALITY u(claim, ticket, n)
        WHERE verdict[u.claim] = 'r' GROUP BY u.claim;
    END IF;
    RETURN QUERY
      SELECT c.settles, CASE c.verdict WHEN 'r' THEN 'released' ELSE 'unknown' END, NULL::text[]
      FROM unnest(c_settles, verdict) c(settles, verdict) WHERE c.verdict IN ('r', 'g') AND c.settles IS NOT NULL;
    -- To settle what was claimed before is a settling like any other.
    SELECT s_place || COALESCE(array_agg(c.settles), '{}'), s_id || COALESCE(array_agg(c.id), '{}'),
      s_assignment || COALESCE(array_agg(c.assignment), '{}')
    INTO s_place, s_id, s_assignment
    FROM unnest(c_id, c_settles, c_assignment, verdict) c(id, settles, assignment, verdict)
    WHERE c.verdict = 'k' AND c.settles IS NOT NULL;

    WITH taken AS (
      UPDATE {schema}.tickets t SET match_id = u.match FROM unnest(ct_claim, ct_match, tids) u(claim, match, tid)
      WHERE verdict[u.claim] = 'w' AND t.ctid = u.tid RETURNING t.players, u.claim
    ), freed AS (
      DELETE FROM {schema}.live v USING (
        SELECT l.tid FROM taken t CROSS JOIN LATERAL unnest(t.players) x(player)
        CROSS JOIN LATERAL (
          SELECT v.ctid AS tid FROM {schema}.live v WHERE v.queue = own.queue AND v.player = x.player LIMIT 1
        ) l
        WHERE c_settles[t.claim] IS NOT NULL
        OFFSET 0
      ) g WHERE v.ctid = g.tid
    )
    SELECT came - count(*) INTO came FROM taken;
    INSERT INTO {schema}.matches (id, pool, accept_by, state, tickets, match, assignment)
      SELECT c.id, p_pool, c.accept, CASE WHEN c.settles IS NULL THEN 'c' ELSE 's' END::"char", c.tickets::text[],
        c.match, c.assignment
      FROM unnest(c_id, c_match, c_accept, c_tickets, c_settles, c_assignment, verdict)
        c(id, match, accept, tickets, settles, assignment, verdict)
      WHERE c.verdict = 'w';
    SELECT array_agg(x.place), array_agg(x.type), array_agg(x.id) INTO k_place, k_type, k_ref FROM (
      SELECT c.place, 'c'::"char" AS type, c.id FROM unnest(c_place, c_id, verdict) c(place, id, verdict) WHERE c.verdict = 'w'
      UNION ALL
      SELECT c.settles, 's', c.id FROM unnest(c_settles, c_id, verdict) c(settles, id, verdict)
      WHERE c.verdict = 'w' AND c.settles IS NOT NULL
    ) x;
    k_place := COALESCE(k_place, '{}');
    k_type := COALESCE(k_type, '{}');
    k_ref := COALESCE(k_ref, '{}');
    k_extra := array_fill(NULL::text, ARRAY[cardinality(k_place)]);
  END IF;

  IF cardinality(s_id) > 0 THEN
    RETURN QUERY
      SELECT s.place, CASE m.state WHEN 'r' THEN 'released' ELSE 'unknown' END, NULL::text[]
      FROM unnest(s_place, s_id) s(place, id)
      LEFT JOIN LATERAL (SELECT m.state FROM {schema}.matches m WHERE m.id = s.id AND m.pool = p_pool LIMIT 1) m ON true
      WHERE m.state IS NULL OR m.state = 'r';
    WITH done AS (
      UPDATE {schema}.matches m SET state = 's', assignment = s.assignment FROM (
        SELECT s.place, s.assignment, k.tid FROM unnest(s_place, s_id, s_assignment) s(place, id, assignment)
        CROSS JOIN LATERAL (
          SELECT m.ctid AS tid FROM {schema}.matches m WHERE m.id = s.id AND m.pool = p_pool AND m.state = 'c' LIMIT 1
        ) k
        OFFSET 0
      ) s WHERE m.ctid = s.tid RETURNING s.place, m.id, m.tickets
    )
    SELECT array_agg(d.place), array_agg(d.id), (SELECT array_agg(u.id) FROM done e, unnest(e.tickets) u(id))
    INTO q_place, q_ref, ends FROM done d;
    PERFORM {schema}.free(ends);
    IF cardinality(q_place) > 0 THEN
      k_place := k_place || q_place;
      k_type := k_type || array_fill('s'::"char", ARRAY[cardinality(q_place)]);
      k_ref := k_ref || q_ref;
      k_extra := k_extra || array_fill(NULL::text, ARRAY[cardinality(q_place)]);
    END IF;
  END IF;

  IF cardinality(d_id) > 0 THEN
    RETURN QUERY
      SELECT d.place, 'unknown', NULL::text[] FROM unnest(d_place, d_id) d(place, id)
      LEFT JOIN LATERAL (SELECT m.state FROM {schema}.matches m WHERE m.id = d.id AND m.pool = p_pool LIMIT 1) m ON true
      WHERE m.state IS NULL OR m.state IN ('c', 'r');
    WITH done AS (
      UPDATE {schema}.matches m SET state = 'd', ended_on = now() FROM (
        SELECT d.place, k.tid FROM unnest(d_place, d_id) d(place, id)
        CROSS JOIN LATERAL (
          SELECT m.ctid AS tid FROM {schema}.matches m WHERE m.id = d.id AND m.pool = p_pool AND m.state = 's' LIMIT 1
        ) k
        OFFSET 0
      ) d WHERE m.ctid = d.tid RETURNING d.place, m.id
    )
    SELECT array_agg(d.place), array_agg(d.id) INTO q_place, q_ref FROM done d;
    IF cardinality(q_place) > 0 THEN
      k_place := k_place || q_place;
      k_type := k_type || array_fill('d'::"char", ARRAY[cardinality(q_place)]);
      k_ref := k_ref || q_ref;
      k_extra := k_extra || array_fill(NULL::text, ARRAY[cardinality(q_place)]);
    END IF;
  END IF;

  IF cardinality(e_id) > 0 THEN
    RETURN QUERY
      SELECT e.place, CASE
        WHEN t.id IS NULL OR t.ended = 'l' THEN 'unknown'
        WHEN t.match_id IS NOT NULL THEN 'claimed'
        ELSE 'live' END, NULL::text[]
      FROM unnest(e_place, e_id) e(place, id)
      LEFT JOIN LATERAL (SELECT * FROM {schema}.tickets t WHERE t.id = e.id AND t.pool = p_pool LIMIT 1) t ON true
      WHERE t.id IS NULL OR (t.ended IS DISTINCT FROM 'e' AND (t.ended IS NOT NULL OR t.match_id IS NOT NULL
        OR p_now < least(COALESCE(t.expires_at, 9223372036854775807),
          COALESCE(COALESCE(t.seen_at, t.joined_at) + t.heartbeat_ms, 9223372036854775807))));
    WITH done AS (
      UPDATE {schema}.tickets t SET ended = 'e', ended_on = now() FROM (
        SELECT e.place, k.tid FROM unnest(e_place, e_id) e(place, id)
        CROSS JOIN LATERAL (
          SELECT t.ctid AS tid FROM {schema}.tickets t
          WHERE t.id = e.id AND t.pool = p_pool AND t.ended IS NULL AND t.match_id IS NULL
            AND p_now >= least(COALESCE(t.expires_at, 9223372036854775807),
              COALESCE(COALESCE(t.seen_at, t.joined_at) + t.heartbeat_ms, 9223372036854775807))
          LIMIT 1
        ) k
        OFFSET 0
      ) e WHERE t.ctid = e.tid RETURNING e.place, t.id
    )
    SELECT array_agg(d.place), array_agg(d.id) INTO q_place, q_ref FROM done d;
    PERFORM {schema}.free(q_ref);
    IF cardinality(q_place) > 0 THEN
      came := came - cardinality(q_place);
      k_place := k_place || q_place;
      k_type := k_type || array_fill('x'::"char", ARRAY[cardinality(q_place)]);
      k_ref := k_ref || q_ref;
      k_extra := k_extra || array_fill(NULL::text, ARRAY[cardinality(q_place)]);
    END IF;
  END IF;

  FOR n IN 1 .. cardinality(r_id) LOOP
    SELECT * INTO m FROM {schema}.matches k WHERE k.id = r_id[n] AND k.pool = p_pool;
    IF NOT FOUND THEN
      RETURN QUERY SELECT r_place[n], 'unknown', NULL::text[];
      CONTINUE;
    ELSIF m.state = 'r' THEN
      CONTINUE;
    ELSIF m.state <> 'c' THEN
      RETURN QUERY SELECT r_place[n], 'settled', NULL::text[];
      CONTINUE;
    END IF;
    SELECT bool_and(k.is_accepted),
      COALESCE(array_agg(k.id) FILTER (WHERE k.leaving OR (k.id = ANY (r_drop[n]::text[]) AND NOT k.is_accepted)), '{}')
    INTO is_accepted, ends
    FROM (
      SELECT u.id, t.leaving, (
        SELECT bool_and(COALESCE(a.accepted, false)) FROM unnest(t.players) x(player)
        LEFT JOIN LATERAL (
          SELECT a.accepted FROM {schema}.answers a WHERE a.match_id = m.id AND a.player = x.player LIMIT 1
        ) a ON true
      ) AS is_accepted
      FROM unnest(m.tickets) u(id)
      CROSS JOIN LATERAL (SELECT t.leaving, t.players FROM {schema}.tickets t WHERE t.id = u.id LIMIT 1) t
    ) k;
    IF r_reason[n] = 'unanswered' AND is_accepted THEN
      RETURN QUERY SELECT r_place[n], 'accepted', NULL::text[];
      CONTINUE;
    END IF;
    UPDATE {schema}.matches k SET state = 'r', ended_on = now() WHERE k.id = m.id;
    PERFORM {schema}.free(ends);
    UPDATE {schema}.tickets t SET match_id = NULL,
      ended = CASE WHEN t.id = ANY (ends) THEN 'l'::"char" END, ended_on = CASE WHEN t.id = ANY (ends) THEN now() END
      WHERE t.id = ANY (m.tickets);
    came := came + cardinality(m.tickets) - cardinality(ends);
    k_place := k_place || r_place[n];
    k_type := k_type || 'r'::"char";
    k_ref := k_ref || m.id;
    k_extra := k_extra || (r_reason[n] || ' ' || array_to_string(ends, ' '));
  END LOOP;

  IF cardinality(k_place) > 0 THEN
    UPDATE {schema}.pools p SET seq = p.seq + cardinality(k_place), waiting = p.waiting + came WHERE p.id = p_pool;
    INSERT INTO {schema}.changes (pool, seq, at, type, ref, extra)
      SELECT p_pool, own.seq + row_number() OVER (ORDER BY k.place), p_now, k.type, k.ref, k.extra
      FROM unnest(k_place, k_type, k_ref, k_extra) k(place, type, ref, extra);
  END IF;
END $$;
`;
