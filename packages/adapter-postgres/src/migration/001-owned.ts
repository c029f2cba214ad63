import { BY_INDEX } from "./001-by-index.js";

/** How owners hear of their pools, and get them whole. */
export const ownedFunctions = `
-- Who answers: another server, or the same one started anew, may have lost what is not logged. The same text whatever
-- the time zone of the connection: an application may set it for some of them.
CREATE FUNCTION {schema}.server() RETURNS text LANGUAGE sql AS $$
  SELECT extract(epoch FROM pg_postmaster_start_time()) || ' ' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
$$;

-- The next fence of a pool. Server time keeps it growing where a failover has lost the latest owners.
CREATE FUNCTION {schema}.next_fence(p_fence bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT greatest(p_fence + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
$$;

-- How an owner's pools stand, with the changes that it has not read of those that it names. A joined ticket comes
-- along, and the assignment of a settled match; the rest the owner knows.
CREATE FUNCTION {schema}.owned(p_owner text, p_all boolean, p_pools integer[], p_seqs bigint[], p_most integer)
RETURNS TABLE (
  id integer, queue text, region text, partition integer, fence bigint, head bigint, is_mine boolean,
  seq bigint, at bigint, type "char", ref text, extra text, body text, server text
) LANGUAGE plpgsql ${BY_INDEX} AS $$
#variable_conflict use_column
BEGIN
  -- A function in SQL is planned at every call, which took longer than the call.
  RETURN QUERY SELECT p.id, p.queue, p.region, p.partition, p.fence, p.seq, COALESCE(p.owner = p_owner, false),
    c.seq, c.at, c.type, c.ref, c.extra, COALESCE(t.ticket, m.assignment), s.server
  FROM (SELECT {schema}.server() AS server) s CROSS JOIN {schema}.pools p
  LEFT JOIN unnest(p_pools, p_seqs) h(pool, seq) ON h.pool = p.id
  LEFT JOIN LATERAL (
    SELECT * FROM {schema}.changes c WHERE c.pool = h.pool AND c.seq > h.seq ORDER BY c.seq LIMIT p_most
  ) c ON true
  LEFT JOIN LATERAL (SELECT o.ticket FROM {schema}.tickets o WHERE c.type = 'j' AND o.id = c.ref LIMIT 1) t ON true
  LEFT JOIN LATERAL (SELECT o.assignment FROM {schema}.matches o WHERE c.type = 's' AND o.id = c.ref LIMIT 1) m ON true
  WHERE p.id = ANY (p_pools || ARRAY(SELECT o.id FROM {schema}.pools o WHERE p_all AND o.owner = p_owner))
  ORDER BY p.id, c.seq;
END $$;

-- A pool as a new owner gets it: itself, who waits, and what is pending, all of one instant; and the ends that no
-- owner is known to have told, as the changes which they were. Changes are deleted once they are known to be told.
CREATE FUNCTION {schema}.taken(p_pool integer, p_fence bigint)
RETURNS TABLE (kind "char", seq bigint, state "char", seen_at bigint, body text, assignment text, answers text[])
LANGUAGE sql ${BY_INDEX} AS $$
  WITH mine AS (SELECT p.id, p.seq FROM {schema}.pools p WHERE p.id = p_pool AND p.fence = p_fence)
  SELECT 'p'::"char", mine.seq, NULL::"char", NULL::bigint, {schema}.server(), NULL::text, NULL::text[] FROM mine
  UNION ALL
  SELECT 't', NULL, NULL, t.seen_at, t.ticket, NULL, NULL FROM mine
  JOIN {schema}.live v ON v.pool = mine.id AND v.is_first
  CROSS JOIN LATERAL (SELECT * FROM {schema}.tickets o WHERE o.id = v.ticket LIMIT 1) t
  WHERE t.match_id IS NULL AND t.ended IS NULL
  UNION ALL
  SELECT 'm', NULL, m.state, NULL, m.match, m.assignment, (
    SELECT array_agg(CASE WHEN a.accepted THEN '1' ELSE '0' END || a.player) FROM {schema}.answers a WHERE a.match_id = m.id
  ) FROM mine JOIN {schema}.matches m ON m.ended_on IS NULL AND m.pool = mine.id
  UNION ALL
  SELECT 'e', c.seq, NULL, c.at, CASE c.type
    WHEN 'r' THEN '{"type":"released","matchId":' || to_json(c.ref) || ',"returned":[],"dropped":[' || t.tickets
      || '],"reason":' || to_json(split_part(c.extra, ' ', 1)) || '}'
    ELSE '{"type":"' || CASE c.type WHEN 'l' THEN 'left' ELSE 'expired' END || '","ticket":' || t.tickets || '}'
  END, NULL, NULL
  FROM mine JOIN {schema}.changes c ON c.pool = mine.id AND c.seq <= mine.seq AND c.type IN ('l', 'x', 'r')
  CROSS JOIN LATERAL (
    SELECT string_agg(t.ticket, ',') AS tickets
    FROM unnest(CASE c.type WHEN 'r' THEN (string_to_array(c.extra, ' '))[2:] ELSE ARRAY[c.ref] END) u(id)
    CROSS JOIN LATERAL (SELECT t.ticket FROM {schema}.tickets t WHERE t.id = u.id LIMIT 1) t
  ) t
  WHERE t.tickets IS NOT NULL
$$;
`;
