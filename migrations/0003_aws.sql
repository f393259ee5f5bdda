-- The AWS gateway: keys that open nothing but Holdpoint, which calls a change is about, and the calls that were made
-- under it. As before, the daemon's role owns nothing, and what is a decision writes its event in its own transaction.

-- 1. Keys --------------------------------------------------------------------------------------------------------
--
-- No secret is kept: it follows from the key's id and the daemon's master key. A key is an agent's own, or opens one
-- change while its attempt is under way, or stands for a role that the agent assumed.

create table holdpoint.aws_keys (
  id         text collate "C" primary key check (id ~ '^HPK[A-Z2-7]{17}$'),
  agent_id   text collate "C" not null references holdpoint.agents,
  change_id  text collate "C" references holdpoint.changes,
  attempt_id text collate "C",
  role       text check (length(role) between 20 and 2048),
  session    text check (length(session) between 2 and 64),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  constraint opens check ((change_id is null) = (attempt_id is null) and (role is null) = (session is null)),
  constraint ends check ((change_id is null and role is null) or expires_at is not null)
);
create index aws_keys_agent on holdpoint.aws_keys (agent_id) where revoked_at is null;

create trigger a_frozen before update of id, agent_id, change_id, attempt_id, role, session, created_at, expires_at
  on holdpoint.aws_keys for each row execute function holdpoint.refuse('a key is revoked, never edited');
create trigger a_unrevoke before update of revoked_at on holdpoint.aws_keys for each row
  when (old.revoked_at is not null) execute function holdpoint.refuse('what was revoked stays revoked');
create trigger a_kept before delete on holdpoint.aws_keys for each row
  execute function holdpoint.refuse('it is never deleted');
create trigger a_whole before truncate on holdpoint.aws_keys for each statement
  execute function holdpoint.refuse('it is never emptied');

create function holdpoint.guard_key() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if tg_op = 'INSERT' then
    perform 1 from agents a where a.id = new.agent_id and a.revoked_at is null for share;
    if not found then
      raise exception 'no agent or pipeline of id % may have a key', new.agent_id using errcode = '23514';
    end if;
    if new.change_id is not null and not exists (select 1 from changes c where c.id = new.change_id
        and c.requester_id = new.agent_id and c.state = 'executing' and c.attempt_id = new.attempt_id) then
      raise exception 'a key opens a change of its own agent, while it is carried out' using errcode = '23514';
    end if;
    new.created_at := clock_timestamp(); new.revoked_at := null;
  else
    new.revoked_at := clock_timestamp();
  end if;
  return new;
end $$;
create trigger b_guard before insert or update on holdpoint.aws_keys
  for each row execute function holdpoint.guard_key();

create function holdpoint.log_key() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  perform write_event(case tg_op when 'INSERT' then 'aws_key.created' else 'aws_key.revoked' end, actor(), new.change_id, null,
    jsonb_strip_nulls(jsonb_build_object('key', new.id, 'agent', new.agent_id, 'attempt', new.attempt_id, 'role', new.role,
      'session', new.session, 'expires_at', new.expires_at))::text);
  return null;
end $$;
create trigger log after insert or update on holdpoint.aws_keys
  for each row execute function holdpoint.log_key();

-- 2. What a change's calls mean ------------------------------------------------------------------------------------
--
-- The meaning of a call is the digest of what it asks for, whatever its bytes. A change of calls is found again by it.
-- `below` stands for every call of an intent, such as deleting what lies below a prefix, up to `most` of them.

create table holdpoint.change_calls (
  change_id text collate "C" not null references holdpoint.changes,
  meaning   bytea not null check (length(meaning) = 32),
  most      integer not null default 1 check (most between 1 and 1000000),
  primary key (change_id, meaning)
);
create index change_calls_meaning on holdpoint.change_calls (meaning);
create trigger a_append_only before update or delete on holdpoint.change_calls for each row
  execute function holdpoint.refuse('it only grows');
create trigger a_whole before truncate on holdpoint.change_calls for each statement
  execute function holdpoint.refuse('it is never emptied');

-- 3. Calls that were made --------------------------------------------------------------------------------------------

create table holdpoint.calls (
  id         bigint generated always as identity primary key,
  change_id  text collate "C" not null references holdpoint.changes,
  key_id     text collate "C" not null references holdpoint.aws_keys,
  -- The meaning of the change's member that lets it pass; null for a call that an approved plan's effects cover.
  member     bytea check (length(member) = 32),
  meaning    bytea not null check (length(meaning) = 32),
  invocation text check (length(invocation) between 1 and 200),
  service    text not null,
  operation  text not null,
  region     text not null,
  target     text not null,
  -- Identifiers of what came to be by it: later calls of the same attempt may name them.
  born       text[] not null default '{}',
  at         timestamptz not null default clock_timestamp(),
  outcome    text check (outcome in ('applied', 'failed', 'unknown')),
  status     integer,
  request_id text,
  ended_at   timestamptz,
  constraint ended check ((outcome is null) = (ended_at is null))
);
create index calls_change on holdpoint.calls (change_id, id);
create index calls_request on holdpoint.calls (request_id) where request_id is not null;
create index calls_at on holdpoint.calls (at);
create trigger a_frozen before update of id, change_id, key_id, member, meaning, invocation, service, operation, region, target, at
  on holdpoint.calls for each row execute function holdpoint.refuse('these columns never change');
create trigger a_ended before update on holdpoint.calls for each row
  when (old.outcome is not null and old.outcome <> 'unknown') execute function holdpoint.refuse('it has ended');
create trigger a_kept before delete on holdpoint.calls for each row
  execute function holdpoint.refuse('it is never deleted');
create trigger a_whole before truncate on holdpoint.calls for each statement
  execute function holdpoint.refuse('it is never emptied');

-- A call goes out under an attempt that is under way, never under a freeze, and no oftener than was approved.
create function holdpoint.guard_call() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare c record; stop record; allowed integer; made bigint;
begin
  if tg_op = 'UPDATE' then
    new.ended_at := clock_timestamp();
    return new;
  end if;
  perform pg_advisory_xact_lock_shared(4653, 1);
  select state, lease_until, requester_id, environment into c from changes where id = new.change_id for no key update;
  if not found or c.state <> 'executing' or c.lease_until <= clock_timestamp() then
    raise exception 'no attempt at the change % is under way', new.change_id using errcode = 'HP002';
  end if;
  if not exists (select 1 from aws_keys k where k.id = new.key_id and k.agent_id = c.requester_id and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > clock_timestamp())) then
    raise exception 'the key % opens nothing any more', new.key_id using errcode = 'HP003';
  end if;
  select f.says into stop from freeze_over(c.requester_id, c.environment) f;
  if found then raise exception '%', stop.says using errcode = 'HP001'; end if;
  if new.member is not null then
    select most into allowed from change_calls where change_id = new.change_id and meaning = new.member;
    select count(*) into made from calls where change_id = new.change_id and member = new.member;
    if allowed is null or made >= allowed then
      raise exception 'the change % lets % such calls pass, and as many were made', new.change_id, coalesce(allowed, 0)
        using errcode = 'HP004';
    end if;
  end if;
  new.at := clock_timestamp(); new.outcome := null; new.ended_at := null;
  return new;
end $$;
create trigger b_guard before insert or update on holdpoint.calls
  for each row execute function holdpoint.guard_call();

create function holdpoint.log_call() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  -- A change of one call says all of this by its own moves.
  if new.member is null or exists (select 1 from change_calls m where m.change_id = new.change_id and (m.most > 1 or m.meaning <> new.member)) then
    perform write_event('call.sent', new.key_id, new.change_id, null, jsonb_build_object('call', new.id,
      'service', new.service, 'operation', new.operation, 'region', new.region, 'target', new.target,
      'meaning', encode(new.meaning, 'hex'))::text);
  end if;
  return null;
end $$;
create trigger log after insert on holdpoint.calls
  for each row execute function holdpoint.log_call();

-- As in 0002, with the words of the new triggers.
create or replace function holdpoint.append_event(kind text, actor text, change text, body text) returns void
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if split_part(kind, '.', 1) in ('change', 'approval', 'agent', 'person', 'session', 'sign_in_link', 'freeze', 'aws_key', 'call') then
    raise exception 'events of kind % are written by the move itself', kind using errcode = '23514';
  end if;
  if kind !~ '^[a-z_]+(\.[a-z_]+)+$' then
    raise exception '`%` is not a kind of the form `thing.happened`', kind using errcode = '23514';
  end if;
  perform write_event(kind, actor, change, (select c.digest from changes c where c.id = change), body);
end $$;

-- 4. Who may do what -------------------------------------------------------------------------------------------------

revoke all on holdpoint.aws_keys, holdpoint.change_calls, holdpoint.calls from public;
revoke all on function holdpoint.guard_key, holdpoint.log_key, holdpoint.guard_call, holdpoint.log_call from public;
grant select on holdpoint.aws_keys, holdpoint.change_calls, holdpoint.calls to holdpoint_app;
grant insert (id, agent_id, change_id, attempt_id, role, session, expires_at), update (revoked_at) on holdpoint.aws_keys to holdpoint_app;
grant insert on holdpoint.change_calls to holdpoint_app;
grant insert (change_id, key_id, member, meaning, invocation, service, operation, region, target),
  update (born, outcome, status, request_id) on holdpoint.calls to holdpoint_app;
