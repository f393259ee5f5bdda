-- The facts that a judgement rests on: freezes, budgets, and an inventory of what earlier changes taught. As in 0001, the
-- daemon's role owns nothing, triggers repeat the rules, and what is a decision writes its event in its own transaction.

-- 1. Freezes ---------------------------------------------------------------------------------------------------

create table holdpoint.freezes (
  id         text collate "C" primary key check (starts_with(id, 'frz_') and length(id) = 30),
  scope      text not null check (scope = 'everything' or scope ~ '^agent:.{1,200}$'
    or scope in ('environment:development', 'environment:staging', 'environment:unknown', 'environment:production')),
  reason     text not null check (length(reason) between 1 and 2000),
  created_by text collate "C" not null references holdpoint.people,
  created_at timestamptz not null default clock_timestamp(),
  until      timestamptz not null,
  lifted_at  timestamptz,
  lifted_by  text collate "C" references holdpoint.people,
  constraint ends check (until > created_at),
  constraint lifted check ((lifted_at is null) = (lifted_by is null))
);
create index freezes_live on holdpoint.freezes (until) where lifted_at is null;

create trigger a_frozen before update of id, scope, reason, created_by, created_at, until
  on holdpoint.freezes for each row execute function holdpoint.refuse('a freeze is lifted, never edited');
create trigger a_lifted before update on holdpoint.freezes for each row
  when (old.lifted_at is not null) execute function holdpoint.refuse('it is lifted already');
create trigger a_kept before delete on holdpoint.freezes for each row
  execute function holdpoint.refuse('it is never deleted');
create trigger a_whole before truncate on holdpoint.freezes for each statement
  execute function holdpoint.refuse('it is never emptied');

-- A claim holds this lock shared, a new freeze alone: a claim that looked before the freeze commits before it too, and every
-- later one sees it. The stop button does not wait long for a claim that hangs.
create function holdpoint.guard_freeze() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp set lock_timeout = '500ms' as $$
declare who text := case tg_op when 'INSERT' then new.created_by else new.lifted_by end;
begin
  perform 1 from people p where p.id = who and p.revoked_at is null for share;
  if not found then
    raise exception 'no person of id % may freeze or lift', who using errcode = '23514';
  end if;
  if tg_op = 'INSERT' then
    begin
      perform pg_advisory_xact_lock(4653, 1);
    exception when lock_not_available then null;
    end;
    new.created_at := clock_timestamp(); new.lifted_at := null; new.lifted_by := null;
  else
    new.lifted_at := clock_timestamp();
    if old.until <= new.lifted_at then
      raise exception 'the freeze has ended by itself' using errcode = '23514';
    end if;
  end if;
  return new;
end $$;
create trigger b_guard before insert or update on holdpoint.freezes
  for each row execute function holdpoint.guard_freeze();

create function holdpoint.log_freeze() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if tg_op = 'INSERT' then
    perform write_event('freeze.set', new.created_by, null, null, jsonb_build_object(
      'freeze', new.id, 'scope', new.scope, 'reason', new.reason, 'until', new.until)::text);
  else
    perform write_event('freeze.lifted', new.lifted_by, null, null, jsonb_build_object(
      'freeze', new.id, 'scope', new.scope)::text);
  end if;
  return null;
end $$;
create trigger log after insert or update on holdpoint.freezes
  for each row execute function holdpoint.log_freeze();

-- As in 0001, with the words of the new triggers.
create or replace function holdpoint.append_event(kind text, actor text, change text, body text) returns void
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if split_part(kind, '.', 1) in ('change', 'approval', 'agent', 'person', 'session', 'sign_in_link', 'freeze') then
    raise exception 'events of kind % are written by the move itself', kind using errcode = '23514';
  end if;
  if kind !~ '^[a-z_]+(\.[a-z_]+)+$' then
    raise exception '`%` is not a kind of the form `thing.happened`', kind using errcode = '23514';
  end if;
  perform write_event(kind, actor, change, (select c.digest from changes c where c.id = change), body);
end $$;

-- The widest freeze in force over a requester and an environment. What is not known counts as production.
create function holdpoint.freeze_over(requester text, environment text) returns table (scope text, says text)
language sql stable security definer set search_path = holdpoint, pg_temp as $$
  select f.scope, format('freeze %s by %s stops %s until %s: %s', f.id, p.name, f.scope,
    to_char(f.until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), f.reason)
  from freezes f join people p on p.id = f.created_by
  where f.lifted_at is null and f.until > clock_timestamp()
    and (f.scope = 'everything' or f.scope = 'agent:' || requester
      or f.scope = 'environment:' || coalesce(environment, 'unknown')
      or f.scope = 'environment:production' and coalesce(environment, 'unknown') = 'unknown')
  order by case when f.scope = 'everything' then 0 when starts_with(f.scope, 'agent:') then 1
    when f.scope = 'environment:production' then 3 else 2 end, f.until, f.id
  limit 1
$$;

-- 2. Changes know their environment ----------------------------------------------------------------------------------

alter table holdpoint.changes add column environment text
  check (environment in ('development', 'staging', 'unknown', 'production'));
create trigger a_frozen_environment before update of environment on holdpoint.changes
  for each row execute function holdpoint.refuse('these columns never change');

create function holdpoint.guard_claim() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare stop record;
begin
  perform pg_advisory_xact_lock_shared(4653, 1);
  select f.says into stop from freeze_over(new.requester_id, new.environment) f;
  if found then raise exception '%', stop.says using errcode = 'HP001'; end if;
  return new;
end $$;
create trigger c_unfrozen before update of state on holdpoint.changes for each row
  when (new.state = 'executing' and old.state <> 'executing') execute function holdpoint.guard_claim();

-- 3. Budgets ---------------------------------------------------------------------------------------------------------

create table holdpoint.budget_entries (
  id        bigint generated always as identity primary key,
  account   text not null check (octet_length(account) between 1 and 1000),
  amount    bigint not null check (amount >= 0),
  at        timestamptz not null default clock_timestamp(),
  change_id text collate "C" not null references holdpoint.changes,
  why       text not null check (why in ('allow', 'approve', 'refusal')),
  constraint budget_entries_once unique (change_id, account, why)
);
create index budget_entries_account on holdpoint.budget_entries (account, at);
create trigger a_append_only before update or delete on holdpoint.budget_entries for each row
  execute function holdpoint.refuse('it only grows');
create trigger a_whole before truncate on holdpoint.budget_entries for each statement
  execute function holdpoint.refuse('it is never emptied');

-- For each account by its place in the list: the last hour's sum and the last day's. Place 0: how often this agent was
-- refused within the hour. The moment is that of the caller's statement, so that the index serves; entries made since count.
create function holdpoint.spending(accounts text[], agent text) returns table (place bigint, in_hour bigint, in_day bigint)
language sql stable security definer set search_path = holdpoint, pg_temp as $$
  select a.place,
    least(coalesce(sum(e.amount) filter (where e.at > statement_timestamp() - interval '1 hour'), 0), 4e18)::bigint,
    least(coalesce(sum(e.amount), 0), 4e18)::bigint
  from unnest(accounts) with ordinality a(account, place)
  left join budget_entries e on e.account = a.account and e.at > statement_timestamp() - interval '1 day'
  group by a.place
  union all
  select 0, count(*), count(*) from budget_entries e
  where e.account = agent and e.why = 'refusal' and e.at > statement_timestamp() - interval '1 hour'
$$;

-- The same, once every other transaction that locked one of these accounts is over, and locked until this one is. The
-- order of the locks is the same for all, so nobody waits in a circle. What is summed is what is there after the wait.
create function holdpoint.lock_spending(accounts text[], agent text)
returns table (place bigint, in_hour bigint, in_day bigint)
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  perform pg_advisory_xact_lock(l.key)
    from (select distinct hashtextextended(a, 4653) as key from unnest(accounts) a order by 1) l;
  return query select s.place, s.in_hour, s.in_day from spending(accounts, agent) s;
end $$;

-- 4. Handing in, with all of that --------------------------------------------------------------------------------------

-- One round trip for a new change. The state follows from the verdict. `known_freeze` is the scope that the judgement
-- knew to be frozen, `?` when it could not tell. `outcome` is created, existing, conflict, or moved: a freeze has come that
-- the judgement does not know.
create function holdpoint.submit(
  new_id text, new_kind text, new_requester text, new_name text, new_key text, new_request_digest bytea, new_format text,
  new_content bytea, new_assessment text, new_counts text, new_source text, new_origin text, new_statement text,
  new_facts text, new_judgement text, new_verdict text, new_requirements text, hold_ms bigint, grant_ms bigint,
  new_environment text, new_accounts text[], new_amounts bigint[], refusal_account text, known_freeze text
) returns table (outcome text, id text, digest bytea, operator text, created_at timestamptz, until timestamptz)
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
#variable_conflict use_column
declare known record;
begin
  if new_verdict <> 'deny' and known_freeze is distinct from '?' and exists (
    select 1 from freeze_over(new_requester, new_environment) f where f.scope is distinct from known_freeze
  ) then
    return query select 'moved', new_id, null::bytea, null::text, null::timestamptz, null::timestamptz;
    return;
  end if;
  for attempt in 1 .. 5 loop
    return query insert into changes as c (id, requester_kind, requester_id, requester_name, idempotency_key, request_digest,
        format, content, assessment, counts, source, origin, statement, facts, judgement, verdict, requirements, state, until,
        environment)
      values (new_id, new_kind, new_requester, new_name, new_key, new_request_digest, new_format, new_content, new_assessment,
        new_counts, new_source, new_origin, new_statement, new_facts, new_judgement, new_verdict, new_requirements::jsonb,
        case new_verdict when 'allow' then 'allowed' when 'hold' then 'held' else 'denied' end,
        case new_verdict when 'allow' then clock_timestamp() + grant_ms * interval '1 millisecond'
          when 'hold' then clock_timestamp() + hold_ms * interval '1 millisecond' end, new_environment)
      on conflict do nothing
      returning 'created', c.id, c.digest, c.requester_operator, c.created_at, c.until;
    if found then
      if new_verdict = 'allow' then
        insert into budget_entries (account, amount, change_id, why)
          select b.account, b.amount, new_id, 'allow' from unnest(new_accounts, new_amounts) b(account, amount);
      elsif new_verdict = 'deny' and refusal_account is not null then
        insert into budget_entries (account, amount, change_id, why) values (refusal_account, 0, new_id, 'refusal');
      end if;
      return;
    end if;
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

-- What the release before this one calls while an upgrade rolls. It knows neither environments nor freezes.
create or replace function holdpoint.submit(
  new_id text, new_kind text, new_requester text, new_name text, new_key text, new_request_digest bytea, new_format text,
  new_content bytea, new_assessment text, new_counts text, new_source text, new_origin text, new_statement text,
  new_facts text, new_judgement text, new_verdict text, new_requirements text, hold_ms bigint, grant_ms bigint
) returns table (outcome text, id text, digest bytea, operator text, created_at timestamptz, until timestamptz)
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
#variable_conflict use_column
declare said record;
begin
  select * into said from submit(new_id, new_kind, new_requester, new_name, new_key, new_request_digest, new_format,
    new_content, new_assessment, new_counts, new_source, new_origin, new_statement, new_facts, new_judgement, new_verdict,
    new_requirements, hold_ms, grant_ms, null, '{}', '{}', null, null);
  if said.outcome = 'moved' then
    raise exception 'a freeze is in force that this version does not know' using errcode = '40001';
  end if;
  return query select said.outcome, said.id, said.digest, said.operator, said.created_at, said.until;
end $$;

-- 5. Inventory ---------------------------------------------------------------------------------------------------------
--
-- A memory, not a record: what documents showed, and what became of it. `counts_until` is set on what a later document
-- leaves out without anything having been carried out in between: until then it still counts.

create table holdpoint.inventory_workspaces (
  name        text collate "C" primary key check (octet_length(name) between 1 and 800),
  digest      bytea check (length(digest) = 32),
  change_id   text collate "C" not null references holdpoint.changes,
  resources   bigint not null default 0,
  carried_out boolean not null default false,
  seen_at     timestamptz not null default clock_timestamp()
);

create table holdpoint.inventory_resources (
  workspace        text collate "C" not null,
  address          text collate "C" not null check (octet_length(address) between 1 and 800),
  type             text not null,
  class            text not null,
  identifiers      text[] not null default '{}',
  names            text[] not null default '{}',
  account          text,
  region           text,
  sign_environment text check (sign_environment in ('development', 'staging', 'unknown', 'production')),
  sign_says        text,
  present          boolean not null,
  -- Whether more than one requester's documents, or an applied change, says that it is there.
  confirmed        boolean not null default false,
  told_by          text collate "C",
  -- By the workspace's latest change.
  pending_effect   text,
  born_at          timestamptz,
  born_by          text collate "C",
  born_session     text,
  gone_at          timestamptz,
  gone_by          text collate "C",
  gone_session     text,
  counts_until     timestamptz,
  first_seen_at    timestamptz not null default clock_timestamp(),
  seen_at          timestamptz not null default clock_timestamp(),
  change_id        text collate "C" not null,
  primary key (workspace, address)
) with (fillfactor = 80);
-- Without a list of pending rows, which each look-up would read whole.
create index inventory_identifiers on holdpoint.inventory_resources using gin (identifiers) with (fastupdate = off)
  where (present or counts_until is not null) and identifiers <> '{}';
create index inventory_names on holdpoint.inventory_resources using gin (names) with (fastupdate = off)
  where (present or counts_until is not null) and names <> '{}';

-- Its key serves the search for dependents.
create table holdpoint.inventory_edges (
  workspace    text collate "C" not null,
  dependent    text collate "C" not null,
  dependency   text collate "C" not null,
  how          text not null,
  counts_until timestamptz,
  primary key (workspace, dependency, dependent)
);

create table holdpoint.inventory_mentions (
  workspace    text collate "C" not null,
  address      text collate "C" not null,
  identifier   text collate "C" not null,
  counts_until timestamptz,
  primary key (workspace, address, identifier)
);
create index inventory_mentions_identifier on holdpoint.inventory_mentions (identifier);

create function holdpoint.gravity(environment text) returns integer language sql immutable as
  $$ select coalesce(array_position(array['development', 'staging', 'unknown', 'production'], environment), 0) $$;

-- At most 64, those known before first.
create function holdpoint.both(known text[], told text[]) returns text[] language sql immutable as
  $$ select (known || array(select t from unnest(told) t where t <> all (known)))[1:64] $$;

-- 6. Who may do what ---------------------------------------------------------------------------------------------------

revoke all on all tables in schema holdpoint from public;
revoke all on all functions in schema holdpoint from public;
grant select on holdpoint.freezes, holdpoint.budget_entries, holdpoint.inventory_workspaces, holdpoint.inventory_resources,
  holdpoint.inventory_edges, holdpoint.inventory_mentions to holdpoint_app;
grant insert (id, scope, reason, created_by, until), update (lifted_by) on holdpoint.freezes to holdpoint_app;
grant insert (account, amount, change_id, why) on holdpoint.budget_entries to holdpoint_app;
grant insert, update on holdpoint.inventory_workspaces to holdpoint_app;
grant insert, update, delete on holdpoint.inventory_resources, holdpoint.inventory_edges, holdpoint.inventory_mentions
  to holdpoint_app;
grant execute on function holdpoint.freeze_over, holdpoint.spending, holdpoint.lock_spending, holdpoint.gravity,
  holdpoint.both to holdpoint_app;
grant execute on function holdpoint.submit(text, text, text, text, text, bytea, text, bytea, text, text, text, text, text,
  text, text, text, text, bigint, bigint, text, text[], bigint[], text, text) to holdpoint_app;
