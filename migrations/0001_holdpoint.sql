-- The whole first schema. Everything lives in the schema `holdpoint` and belongs to whoever migrates; the daemon's
-- role `holdpoint_app` owns nothing, so it cannot switch a trigger off. Triggers repeat every rule that the Rust
-- code keeps, and write the ledger in the transaction of the move they describe.
--
-- Documents that agents have a hand in (judgement, facts, source and so on) are `text`, not `jsonb`: jsonb cannot hold
-- the escape of a NUL character, and nothing in here asks into them.

-- 1. Words -----------------------------------------------------------------------------------------------------

create table holdpoint.transitions (
  from_state text not null,
  to_state   text not null,
  primary key (from_state, to_state)
);
insert into holdpoint.transitions (from_state, to_state) values
  ('', 'submitted'), ('', 'allowed'), ('', 'held'), ('', 'denied'),
  ('submitted', 'allowed'), ('submitted', 'held'), ('submitted', 'denied'),
  ('held', 'approved'), ('held', 'rejected'), ('held', 'expired'), ('held', 'withdrawn'),
  ('approved', 'executing'), ('approved', 'lapsed'), ('approved', 'withdrawn'),
  ('allowed', 'executing'), ('allowed', 'lapsed'),
  ('executing', 'applied'), ('executing', 'failed'), ('executing', 'unknown'),
  ('unknown', 'applied'), ('unknown', 'failed');

-- 2. Actors ----------------------------------------------------------------------------------------------------

create table holdpoint.people (
  id         text collate "C" primary key check (starts_with(id, 'per_') and length(id) = 30),
  name       text not null check (length(name) between 1 and 200),
  groups     text[] not null default '{}',
  admin      boolean not null default false,
  token_hash bytea unique check (length(token_hash) = 32),
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);

create table holdpoint.agents (
  id           text collate "C" primary key,
  kind         text not null check (kind in ('agent', 'pipeline')),
  name         text not null check (length(name) between 1 and 200),
  operator     text collate "C" references holdpoint.people,
  environment  text check (environment in ('development', 'staging', 'unknown', 'production')),
  token_hash   bytea not null unique check (length(token_hash) = 32),
  created_at   timestamptz not null default clock_timestamp(),
  revoked_at   timestamptz,
  last_seen_at timestamptz,
  check (starts_with(id, case kind when 'agent' then 'agt_' else 'pip_' end) and length(id) = 30)
);
create unique index agents_name on holdpoint.agents (lower(name)) where revoked_at is null;

create table holdpoint.sign_in_links (
  hash       bytea primary key check (length(hash) = 32),
  person_id  text collate "C" not null references holdpoint.people,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at    timestamptz
);

create table holdpoint.sessions (
  hash         bytea primary key check (length(hash) = 32),
  person_id    text collate "C" not null references holdpoint.people,
  created_at   timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  idle         interval not null,
  ends_at      timestamptz not null
);
create index sessions_person on holdpoint.sessions (person_id);

-- 3. Changes ---------------------------------------------------------------------------------------------------
--
-- Checks are worked through for each row written, so what the guard below decides by a look-up (kinds, verdicts, names of
-- states) is not checked again; the checks hold the shape that a row of a state must have.

create table holdpoint.changes (
  id                 text collate "C" primary key check (starts_with(id, 'chg_') and length(id) = 30),
  requester_kind     text not null,
  requester_id       text collate "C" not null,
  requester_name     text not null,
  requester_operator text collate "C",
  idempotency_key    text check (length(idempotency_key) between 1 and 255),
  request_digest     bytea not null check (length(request_digest) = 32),
  format             text not null,
  content            bytea not null,
  digest             bytea not null generated always as (sha256(content)) stored,
  assessment         text not null,
  counts             text not null,
  source             text not null,
  origin             text not null,
  statement          text,
  facts              text not null,
  judgement          text,
  verdict            text,
  requirements       jsonb check (jsonb_typeof(requirements) = 'object' and requirements <> '{}'),
  state              text not null,
  version            integer not null default 0,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  until              timestamptz,
  rejected_by        text collate "C",
  fence              smallint not null default 0,
  grant_id           text collate "C" check (starts_with(grant_id, 'grt_') and length(grant_id) = 30),
  attempt_id         text collate "C" check (starts_with(attempt_id, 'att_') and length(attempt_id) = 30),
  claimed_at         timestamptz,
  command            text,
  lease_until        timestamptz,
  outcome            text,
  exit_code          integer,
  detail             text,
  ended_at           timestamptz,
  constraint judged check ((state = 'submitted') = (verdict is null) and (verdict is null) = (judgement is null)
    and (coalesce(verdict, '') = 'hold') = (requirements is not null)),
  constraint deadline check (state not in ('allowed', 'held', 'approved') or until is not null),
  constraint rejection check ((state = 'rejected') = (rejected_by is not null)),
  constraint fenced check (fence = case when state in ('executing', 'applied', 'failed', 'unknown') then 1 else 0 end),
  constraint attempted check ((fence = 1) = (grant_id is not null) and (fence = 1) = (attempt_id is not null)
    and (fence = 1) = (claimed_at is not null) and (fence = 1) = (lease_until is not null)
    and (fence = 1 or command is null)),
  constraint ended check (coalesce(outcome, '') = case when state in ('applied', 'failed', 'unknown') then state else '' end
    and (outcome is null) = (ended_at is null) and (outcome is not null or (exit_code is null and detail is null)))
) with (fillfactor = 80);

create unique index changes_key on holdpoint.changes (requester_id, idempotency_key) where idempotency_key is not null;
-- The same requester asking for the same thing again gets the change that waits already.
create unique index changes_live on holdpoint.changes (requester_id, digest) where state in ('held', 'approved');
create unique index changes_attempt on holdpoint.changes (attempt_id) where attempt_id is not null;
create index changes_due on holdpoint.changes (until) where state in ('held', 'allowed', 'approved');
create index changes_leases on holdpoint.changes (lease_until) where state = 'executing';

-- Plans compress well; lz4 does it five times faster than the default, where the server was built with it.
do $$ begin
  alter table holdpoint.changes alter column content set compression lz4;
  alter table holdpoint.changes alter column assessment set compression lz4;
exception when feature_not_supported then null; end $$;

create table holdpoint.approvals (
  id         text collate "C" primary key check (starts_with(id, 'apr_') and length(id) = 30),
  change_id  text collate "C" not null references holdpoint.changes,
  digest     bytea not null,
  person_id  text collate "C" not null references holdpoint.people,
  groups     text[] not null default '{}',
  answer     text not null check (answer in ('approve', 'reject')),
  comment    text not null default '',
  method     text not null check (method in ('web', 'api')),
  created_at timestamptz not null default clock_timestamp(),
  constraint approvals_once unique (change_id, digest, person_id)
);

create table holdpoint.workspaces (
  name      text primary key check (length(name) between 1 and 500),
  lineage   text not null,
  serial    bigint not null check (serial >= 0),
  change_id text collate "C" not null references holdpoint.changes,
  seen_at   timestamptz not null default clock_timestamp()
);

-- 4. Ledger ----------------------------------------------------------------------------------------------------

create table holdpoint.ledger_events (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default clock_timestamp(),
  change_id  text collate "C",
  digest     bytea,
  kind       text not null,
  actor      text not null,
  commitment bytea not null
);
create index ledger_events_change on holdpoint.ledger_events (change_id, id) where change_id is not null;

-- The event's body and the salt that hides it. Rows may be deleted (by the owner) when a person's data must go;
-- the event, its leaf and every root stay provable.
create table holdpoint.ledger_bodies (
  event_id bigint primary key,
  salt     bytea not null,
  body     text not null
);

-- Events that are durable and not yet in the tree.
create table holdpoint.ledger_pending (
  event_id bigint primary key
);

create table holdpoint.ledger_leaves (
  idx      bigint primary key check (idx >= 0),
  event_id bigint not null unique,
  leaf     text not null
);

-- The tree's complete nodes, in the order in which they come to be (C2SP's stored-hash index).
create table holdpoint.ledger_nodes (
  pos  bigint primary key check (pos >= 0),
  hash bytea not null check (length(hash) = 32)
);

create table holdpoint.ledger_head (
  one        boolean primary key default true check (one),
  size       bigint not null,
  checkpoint text not null,
  signed_at  timestamptz
);
insert into holdpoint.ledger_head (size, checkpoint) values (0, '');

-- 5. What may never happen -------------------------------------------------------------------------------------

create function holdpoint.refuse() returns trigger language plpgsql as $$ begin
  raise exception '% of % is refused: %', lower(tg_op), tg_table_name, tg_argv[0] using errcode = '23001';
end $$;

create trigger a_frozen before update of id, requester_kind, requester_id, requester_name, requester_operator,
  idempotency_key, request_digest, format, content, assessment, counts, source, origin, statement, created_at
  on holdpoint.changes for each row execute function holdpoint.refuse('these columns never change');
create trigger a_judged before update of facts, judgement, verdict, requirements on holdpoint.changes
  for each row when (old.state <> 'submitted') execute function holdpoint.refuse('a judgement never changes');
create trigger a_frozen before update of id, kind, name, operator, token_hash, created_at
  on holdpoint.agents for each row execute function holdpoint.refuse('these columns never change');
create trigger a_frozen before update of id, created_at
  on holdpoint.people for each row execute function holdpoint.refuse('these columns never change');
create trigger a_unrevoke before update of revoked_at on holdpoint.agents for each row
  when (old.revoked_at is not null) execute function holdpoint.refuse('what was revoked stays revoked');
create trigger a_unrevoke before update of revoked_at on holdpoint.people for each row
  when (old.revoked_at is not null) execute function holdpoint.refuse('what was revoked stays revoked');
create trigger a_single_use before update on holdpoint.sign_in_links for each row
  when (old.used_at is not null) execute function holdpoint.refuse('a link is used once');
create trigger a_frozen before update of hash, person_id, created_at, expires_at
  on holdpoint.sign_in_links for each row execute function holdpoint.refuse('these columns never change');
create trigger a_frozen before update of hash, person_id, created_at, idle, ends_at
  on holdpoint.sessions for each row execute function holdpoint.refuse('these columns never change');

do $$ declare t text; begin
  foreach t in array array['approvals', 'ledger_events', 'ledger_leaves', 'ledger_nodes', 'transitions'] loop
    execute format('create trigger a_append_only before update or delete on holdpoint.%I for each row '
      'execute function holdpoint.refuse(''it only grows'')', t);
  end loop;
  foreach t in array array['changes', 'agents', 'people', 'ledger_head'] loop
    execute format('create trigger a_kept before delete on holdpoint.%I for each row '
      'execute function holdpoint.refuse(''it is never deleted'')', t);
  end loop;
  foreach t in array array['changes', 'agents', 'people', 'approvals', 'workspaces', 'transitions', 'ledger_events', 'ledger_bodies',
      'ledger_pending', 'ledger_leaves', 'ledger_nodes', 'ledger_head'] loop
    execute format('create trigger a_whole before truncate on holdpoint.%I for each statement '
      'execute function holdpoint.refuse(''it is never emptied'')', t);
  end loop;
end $$;
create trigger a_closed before insert on holdpoint.transitions for each row
  execute function holdpoint.refuse('the legal moves change by migration only');
create trigger a_frozen before update on holdpoint.ledger_bodies for each row
  execute function holdpoint.refuse('a body is kept as it is, or deleted');
create trigger a_frozen before update on holdpoint.ledger_pending for each row
  execute function holdpoint.refuse('an event waits until it is in the tree');

-- 6. What a move of a change must satisfy ------------------------------------------------------------------------

-- The first set of groups that too few distinct people of have approved, in words; null when all are met. One person
-- fills one seat only, so by Hall's theorem every set of groups must have as many people as seats.
create function holdpoint.missing_approvals(change text, of_digest bytea, needs jsonb) returns text
language plpgsql stable security definer set search_path = holdpoint, pg_temp as $$
declare
  groups text[] := array(select k from jsonb_object_keys(needs) k order by k);
  n integer := cardinality(array(select jsonb_object_keys(needs)));
  chosen text[]; need bigint; have bigint;
begin
  if n is null or n = 0 or n > 10 then return 'requirements that cannot be counted'; end if;
  for mask in 1 .. (1 << n) - 1 loop
    chosen := array(select groups[i] from generate_series(1, n) i where mask & (1 << (i - 1)) <> 0);
    select sum((needs ->> g)::integer) into need from unnest(chosen) g;
    select count(distinct a.person_id) into have from approvals a
      where a.change_id = change and a.digest = of_digest and a.answer = 'approve' and a.groups && chosen;
    if need is null or have < need then
      return format('%s of %s from %s', have, need, array_to_string(chosen, ', '));
    end if;
  end loop;
  return null;
end $$;

-- Whether every event of a change is in the tree, whose head is signed in the transaction that puts it there.
create function holdpoint.is_recorded(change text) returns boolean
language sql stable security definer set search_path = holdpoint, pg_temp as $$
  select not exists (select 1 from ledger_events e where e.change_id = change
    and not exists (select 1 from ledger_leaves l where l.event_id = e.id))
$$;

create function holdpoint.guard_change() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare
  was text := case when tg_op = 'INSERT' then '' else old.state end;
  moment timestamptz := clock_timestamp();
  found_requester boolean;
  missing text;
begin
  if tg_op = 'INSERT' then
    -- The operator is taken from the agent's own row: an agent cannot leave out who answers for it.
    if new.requester_kind = 'person' then
      select true, null into found_requester, new.requester_operator from people p
        where p.id = new.requester_id and p.revoked_at is null;
    else
      select true, a.operator into found_requester, new.requester_operator from agents a
        where a.id = new.requester_id and a.kind = new.requester_kind and a.revoked_at is null;
    end if;
    if found_requester is null then
      raise exception 'no % of id % may submit', new.requester_kind, new.requester_id using errcode = '23514';
    end if;
    new.version := 0; new.created_at := moment; new.updated_at := moment;
  else
    new.updated_at := moment;
    if new.state = old.state then
      if old.state <> 'executing' or new.lease_until < old.lease_until or old.lease_until <= moment
        or (new.until, new.rejected_by, new.fence, new.grant_id, new.attempt_id, new.claimed_at, new.command,
            new.outcome, new.exit_code, new.detail, new.ended_at, new.requirements, new.verdict)
        is distinct from (old.until, old.rejected_by, old.fence, old.grant_id, old.attempt_id, old.claimed_at,
            old.command, old.outcome, old.exit_code, old.detail, old.ended_at, old.requirements, old.verdict) then
        raise exception 'a change that stays % is not edited, but for the lease of a live attempt', old.state
          using errcode = '23001';
      end if;
      new.version := old.version;
      return new;
    end if;
    new.version := old.version + 1;
  end if;

  if not exists (select 1 from transitions t where t.from_state = was and t.to_state = new.state) then
    raise exception 'illegal move from `%` to `%`', was, new.state using errcode = '23514';
  end if;
  if was in ('', 'submitted') and new.state <> 'submitted'
    and new.state is distinct from (case new.verdict when 'allow' then 'allowed' when 'hold' then 'held' when 'deny' then 'denied' end)
  then
    raise exception 'the verdict `%` does not make a change %', new.verdict, new.state using errcode = '23514';
  end if;
  if new.state in ('allowed', 'held', 'approved') and new.until <= moment then
    raise exception 'the time of a change that becomes % is over', new.state using errcode = '23514';
  end if;

  if tg_op = 'UPDATE' then
    if new.state not in ('allowed', 'held', 'approved') and new.until is distinct from old.until then
      raise exception 'a deadline is set by allowing, holding and approving only' using errcode = '23001';
    end if;
    if new.state <> 'executing' and (new.fence, new.grant_id, new.attempt_id, new.claimed_at, new.command, new.lease_until)
      is distinct from (old.fence, old.grant_id, old.attempt_id, old.claimed_at, old.command, old.lease_until) then
      raise exception 'an attempt is set by claiming only' using errcode = '23001';
    end if;
    if was = 'held' and new.state in ('approved', 'rejected') and old.until <= moment then
      raise exception 'the time to answer is over' using errcode = '23514';
    end if;
    if new.state in ('expired', 'lapsed') and old.until > moment then
      raise exception 'the time is not over' using errcode = '23514';
    end if;
  end if;

  if new.state = 'approved' then
    if exists (select 1 from approvals a where a.change_id = new.id and a.digest = old.digest and a.answer = 'reject') then
      raise exception 'the change was rejected' using errcode = '23514';
    end if;
    missing := missing_approvals(new.id, old.digest, old.requirements);
    if missing is not null then
      raise exception 'approvals are missing: %', missing using errcode = '23514';
    end if;
  elsif new.state = 'rejected' then
    if not exists (select 1 from approvals a where a.change_id = new.id and a.digest = old.digest
        and a.answer = 'reject' and a.person_id = new.rejected_by) then
      raise exception 'nobody of that id rejected the change' using errcode = '23514';
    end if;
  elsif new.state = 'executing' then
    if old.until <= moment then
      raise exception 'the right to carry the change out is over' using errcode = '23514';
    end if;
    if old.fence <> 0 or new.fence <> 1 then
      raise exception 'a change is claimed once, by moving its fence from 0 to 1' using errcode = '23514';
    end if;
    if new.lease_until is null or new.lease_until <= moment then
      raise exception 'an attempt needs a lease' using errcode = '23514';
    end if;
    if was = 'approved' and not is_recorded(new.id) then
      raise exception 'the approvals are not yet under a signed checkpoint' using errcode = '23514';
    end if;
    new.claimed_at := moment;
  elsif new.state in ('applied', 'failed', 'unknown') then
    new.ended_at := moment;
  end if;
  return new;
end $$;
create trigger b_guard before insert or update on holdpoint.changes
  for each row execute function holdpoint.guard_change();

-- Locks the change first: no reject commits beside an approve.
create function holdpoint.guard_approval() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare c record; p record; moment timestamptz;
begin
  select state, digest, requester_id, requester_operator, requirements, until into c
    from changes where id = new.change_id for no key update;
  moment := clock_timestamp();
  if not found then raise exception 'there is no change %', new.change_id using errcode = '23514'; end if;
  if c.state <> 'held' then raise exception 'the change is %, not held', c.state using errcode = '23514'; end if;
  if c.digest <> new.digest then
    raise exception 'the approval is of another digest than the change' using errcode = '23514';
  end if;
  if c.until <= moment then raise exception 'the time to answer is over' using errcode = '23514'; end if;
  if new.person_id = c.requester_id then
    raise exception 'nobody answers for their own change' using errcode = '23514';
  end if;
  if new.person_id = c.requester_operator then
    raise exception 'the operator does not answer for a change of their own agent' using errcode = '23514';
  end if;
  select people.groups, people.revoked_at into p from people where people.id = new.person_id for share;
  if not found or p.revoked_at is not null then
    raise exception 'no person of id % may answer', new.person_id using errcode = '23514';
  end if;
  if not c.requirements ?| p.groups then
    raise exception 'the person is in none of the groups that the change waits for' using errcode = '23514';
  end if;
  new.groups := p.groups;
  new.created_at := moment;
  return new;
end $$;
create trigger b_guard before insert on holdpoint.approvals
  for each row execute function holdpoint.guard_approval();

-- 7. What a batch of the sequencer must satisfy --------------------------------------------------------------------

create function holdpoint.guard_leaves() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare was bigint; added bigint; lowest bigint; highest bigint;
begin
  select size into was from ledger_head for update;
  select count(*), min(idx), max(idx) into added, lowest, highest from fresh;
  if added > 0 and (lowest <> was or highest <> was + added - 1) then
    raise exception 'leaves % to % do not follow a tree of %', lowest, highest, was using errcode = '23514';
  end if;
  if exists (
    select 1 from fresh f left join ledger_events e on e.id = f.event_id
    where e.id is null or f.leaf::jsonb is distinct from jsonb_strip_nulls(jsonb_build_object('event', e.id,
      'at', (extract(epoch from e.at) * 1000000)::bigint, 'kind', e.kind, 'actor', e.actor, 'change', e.change_id,
      'digest', encode(e.digest, 'hex'), 'commitment', encode(e.commitment, 'hex')))
  ) then
    raise exception 'a leaf does not say what its event says' using errcode = '23514';
  end if;
  return null;
end $$;
create trigger b_guard after insert on holdpoint.ledger_leaves referencing new table as fresh
  for each statement execute function holdpoint.guard_leaves();

create function holdpoint.guard_pending() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if exists (select 1 from gone g where not exists (select 1 from ledger_leaves l where l.event_id = g.event_id)) then
    raise exception 'an event waits until it is in the tree' using errcode = '23514';
  end if;
  return null;
end $$;
create trigger b_guard after delete on holdpoint.ledger_pending referencing old table as gone
  for each statement execute function holdpoint.guard_pending();

create function holdpoint.guard_head() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare leaves bigint;
begin
  select coalesce(max(idx) + 1, 0) into leaves from ledger_leaves;
  if new.size < old.size or new.size <> leaves or split_part(new.checkpoint, E'\n', 2) <> new.size::text then
    raise exception 'a head of % does not follow % with % leaves', new.size, old.size, leaves using errcode = '23514';
  end if;
  new.signed_at := clock_timestamp();
  return new;
end $$;
create trigger b_guard before update on holdpoint.ledger_head
  for each row execute function holdpoint.guard_head();

-- 8. Every move writes its event -----------------------------------------------------------------------------------

-- Called by the owner's functions only, hence neither `security definer` nor a search path of its own.
create function holdpoint.write_event(kind text, actor text, change text, of_digest bytea, body text) returns void
language plpgsql as $$
#variable_conflict use_variable
<<write_event>>
declare
  -- Two random UUIDs hold 244 random bits.
  salt bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
begin
  with event as (
    insert into holdpoint.ledger_events (change_id, digest, kind, actor, commitment)
    values (change, of_digest, kind, actor, sha256(salt || convert_to(body, 'UTF8'))) returning id
  ), opening as (
    insert into holdpoint.ledger_bodies (event_id, salt, body) select event.id, write_event.salt, write_event.body from event
  )
  insert into holdpoint.ledger_pending (event_id) select event.id from event;
end $$;

-- Who moves something, as the transaction said by set_config('holdpoint.actor', ..., true); else the daemon itself.
create function holdpoint.actor() returns text language sql stable as
  $$ select coalesce(nullif(current_setting('holdpoint.actor', true), ''), 'holdpoint') $$;

create function holdpoint.log_change() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if tg_op = 'INSERT' then
    perform write_event('change.' || new.state, new.requester_id, new.id, new.digest, jsonb_strip_nulls(jsonb_build_object(
      'version', new.version, 'requester', new.requester_name, 'operator', new.requester_operator,
      'verdict', new.verdict, 'requirements', new.requirements, 'until', new.until,
      'judgement_sha256', encode(sha256(convert_to(new.judgement, 'UTF8')), 'hex'),
      'facts_sha256', encode(sha256(convert_to(new.facts, 'UTF8')), 'hex'),
      'source_sha256', encode(sha256(convert_to(new.source, 'UTF8')), 'hex'),
      'statement', new.statement))::text);
  elsif new.state is distinct from old.state then
    perform write_event('change.' || new.state, actor(), new.id, new.digest, jsonb_strip_nulls(jsonb_build_object(
      'from', old.state, 'version', new.version,
      'until', case when new.until is distinct from old.until then new.until end, 'rejected_by', new.rejected_by,
      'grant', new.grant_id, 'attempt', new.attempt_id, 'command', case new.state when 'executing' then new.command end,
      'exit_code', new.exit_code, 'detail', new.detail))::text);
  end if;
  return null;
end $$;
create trigger log after insert or update on holdpoint.changes
  for each row execute function holdpoint.log_change();

create function holdpoint.log_approval() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  perform write_event('approval.' || new.answer, new.person_id, new.change_id, new.digest, jsonb_build_object(
    'approval', new.id, 'groups', to_jsonb(new.groups), 'comment', new.comment, 'method', new.method)::text);
  return null;
end $$;
create trigger log after insert on holdpoint.approvals
  for each row execute function holdpoint.log_approval();

create function holdpoint.log_actor() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare word text := tg_argv[0];
begin
  if tg_op = 'INSERT' then
    perform write_event(word || '.created', actor(), null, null,
      (to_jsonb(new) - 'token_hash' - 'last_seen_at' - 'revoked_at')::text);
  elsif new.revoked_at is distinct from old.revoked_at then
    perform write_event(word || '.revoked', actor(), null, null,
      jsonb_build_object('id', new.id, 'name', new.name)::text);
  elsif (to_jsonb(new) - 'last_seen_at') is distinct from (to_jsonb(old) - 'last_seen_at') then
    perform write_event(word || '.edited', actor(), null, null, (to_jsonb(new) - 'token_hash' - 'last_seen_at')::text);
  end if;
  return null;
end $$;
create trigger log after insert or update on holdpoint.agents
  for each row execute function holdpoint.log_actor('agent');
create trigger log after insert or update on holdpoint.people
  for each row execute function holdpoint.log_actor('person');

create function holdpoint.log_sign_in() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if tg_table_name = 'sign_in_links' then
    perform write_event('sign_in_link.created', actor(), null, null,
      jsonb_build_object('person', new.person_id, 'expires_at', new.expires_at)::text);
  elsif tg_op = 'INSERT' then
    perform write_event('session.started', new.person_id, null, null, jsonb_build_object('ends_at', new.ends_at)::text);
  elsif old.ends_at > clock_timestamp() and old.last_seen_at + old.idle > clock_timestamp() then
    perform write_event('session.ended', actor(), null, null, jsonb_build_object('person', old.person_id)::text);
  end if;
  return null;
end $$;
create trigger log after insert on holdpoint.sign_in_links
  for each row execute function holdpoint.log_sign_in();
create trigger log after insert or delete on holdpoint.sessions
  for each row execute function holdpoint.log_sign_in();

-- 9. What the daemon calls -------------------------------------------------------------------------------------------

-- Events that no trigger writes, for example of a freeze. The words of the triggers cannot be forged here.
create function holdpoint.append_event(kind text, actor text, change text, body text) returns void
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if split_part(kind, '.', 1) in ('change', 'approval', 'agent', 'person', 'session', 'sign_in_link') then
    raise exception 'events of kind % are written by the move itself', kind using errcode = '23514';
  end if;
  if kind !~ '^[a-z_]+(\.[a-z_]+)+$' then
    raise exception '`%` is not a kind of the form `thing.happened`', kind using errcode = '23514';
  end if;
  perform write_event(kind, actor, change, (select c.digest from changes c where c.id = change), body);
end $$;

-- One round trip for a new change. The state follows from the verdict. `outcome` is created, existing or conflict.
create function holdpoint.submit(
  new_id text, new_kind text, new_requester text, new_name text, new_key text, new_request_digest bytea, new_format text,
  new_content bytea, new_assessment text, new_counts text, new_source text, new_origin text, new_statement text,
  new_facts text, new_judgement text, new_verdict text, new_requirements text, hold_ms bigint, grant_ms bigint
) returns table (outcome text, id text, digest bytea, operator text, created_at timestamptz, until timestamptz)
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
#variable_conflict use_column
declare known record;
begin
  for attempt in 1 .. 5 loop
    return query insert into changes as c (id, requester_kind, requester_id, requester_name, idempotency_key, request_digest,
        format, content, assessment, counts, source, origin, statement, facts, judgement, verdict, requirements, state, until)
      values (new_id, new_kind, new_requester, new_name, new_key, new_request_digest, new_format, new_content, new_assessment,
        new_counts, new_source, new_origin, new_statement, new_facts, new_judgement, new_verdict, new_requirements::jsonb,
        case new_verdict when 'allow' then 'allowed' when 'hold' then 'held' else 'denied' end,
        case new_verdict when 'allow' then clock_timestamp() + grant_ms * interval '1 millisecond'
          when 'hold' then clock_timestamp() + hold_ms * interval '1 millisecond' end)
      on conflict do nothing
      returning 'created', c.id, c.digest, c.requester_operator, c.created_at, c.until;
    if found then return; end if;
    select c.id, c.request_digest into known from changes c
      where new_key is not null and c.requester_id = new_requester and c.idempotency_key = new_key;
    if found then
      return query select case when known.request_digest = new_request_digest then 'existing' else 'conflict' end, known.id,
        null::bytea, null::text, null::timestamptz, null::timestamptz;
      return;
    end if;
    return query select 'existing', c.id, null::bytea, null::text, null::timestamptz, null::timestamptz from changes c
      where c.requester_id = new_requester and c.digest = sha256(new_content) and c.state in ('held', 'approved') limit 1;
    if found then return; end if;
    if exists (select 1 from changes c where c.id = new_id) then
      raise exception 'the id % is taken', new_id using errcode = '23514';
    end if;
  end loop;
  raise exception 'the change it collides with does not hold still' using errcode = '40001';
end $$;

-- 10. Who may do what ------------------------------------------------------------------------------------------------

revoke all on all tables in schema holdpoint from public;
revoke all on all functions in schema holdpoint from public;
grant usage on schema holdpoint to holdpoint_app;
grant select on all tables in schema holdpoint to holdpoint_app;
grant execute on function holdpoint.submit, holdpoint.append_event, holdpoint.actor, holdpoint.is_recorded to holdpoint_app;
grant update (state, until, rejected_by, fence, grant_id, attempt_id, claimed_at, command, lease_until, outcome,
  exit_code, detail, ended_at) on holdpoint.changes to holdpoint_app;
grant insert (id, change_id, digest, person_id, answer, comment, method) on holdpoint.approvals to holdpoint_app;
grant insert (id, kind, name, operator, environment, token_hash), update (revoked_at, last_seen_at)
  on holdpoint.agents to holdpoint_app;
grant insert (id, name, groups, admin, token_hash), update (revoked_at) on holdpoint.people to holdpoint_app;
grant insert (hash, person_id, expires_at), update (used_at), delete on holdpoint.sign_in_links to holdpoint_app;
grant insert (hash, person_id, idle, ends_at), update (last_seen_at), delete on holdpoint.sessions to holdpoint_app;
grant insert, update on holdpoint.workspaces to holdpoint_app;
grant insert on holdpoint.ledger_leaves, holdpoint.ledger_nodes to holdpoint_app;
grant delete on holdpoint.ledger_pending to holdpoint_app;
grant update (size, checkpoint) on holdpoint.ledger_head to holdpoint_app;
