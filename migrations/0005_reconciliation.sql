-- Reconciliation with CloudTrail: which writes on guarded accounts no change explains. What was found at one time stays
-- found; a later look is a row of its own.

create table holdpoint.reconciliations (
  id          bigint generated always as identity primary key,
  at          timestamptz not null default clock_timestamp(),
  made_by     text collate "C" not null references holdpoint.people,
  from_at     timestamptz not null,
  to_at       timestamptz not null,
  -- Where the events come from, in words: files, or the regions that were looked up.
  sources     text[] not null check (cardinality(sources) between 1 and 200),
  -- How many events were looked at, how many of them a change explains, and how many nobody has to explain.
  looked_at   bigint not null check (looked_at >= 0),
  explained   bigint not null check (explained >= 0),
  exempt      bigint not null check (exempt >= 0),
  -- Events of accounts that are not guarded, and records that could not be read.
  elsewhere   bigint not null check (elsewhere >= 0),
  unread      bigint not null check (unread >= 0),
  -- Not all of the time was looked at.
  partial     boolean not null,
  unexplained bigint not null check (unexplained >= 0),
  -- The first of the unexplained writes, as an array of objects.
  findings    text not null check (length(findings) <= 16000000),
  constraint span check (to_at >= from_at)
);

create trigger a_append_only before update or delete on holdpoint.reconciliations for each row
  execute function holdpoint.refuse('it only grows');
create trigger a_whole before truncate on holdpoint.reconciliations for each statement
  execute function holdpoint.refuse('it is never emptied');

create function holdpoint.guard_reconciliation() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  perform 1 from people p where p.id = new.made_by and p.revoked_at is null for share;
  if not found then
    raise exception 'no person of id % may reconcile', new.made_by using errcode = '23514';
  end if;
  new.at := clock_timestamp();
  return new;
end $$;
create trigger b_guard before insert on holdpoint.reconciliations
  for each row execute function holdpoint.guard_reconciliation();

create function holdpoint.log_reconciliation() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  perform write_event('reconciliation.made', new.made_by, null, null, jsonb_build_object(
    'reconciliation', new.id, 'from', new.from_at, 'to', new.to_at, 'looked_at', new.looked_at, 'explained', new.explained,
    'exempt', new.exempt, 'elsewhere', new.elsewhere, 'unread', new.unread, 'partial', new.partial,
    'unexplained', new.unexplained, 'findings', encode(sha256(convert_to(new.findings, 'UTF8')), 'hex'))::text);
  return null;
end $$;
create trigger log after insert on holdpoint.reconciliations
  for each row execute function holdpoint.log_reconciliation();

-- As in 0004, with the word of the new trigger.
create or replace function holdpoint.append_event(kind text, actor text, change text, body text) returns void
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if split_part(kind, '.', 1) in ('change', 'approval', 'agent', 'person', 'session', 'sign_in_link', 'freeze', 'aws_key', 'call',
      'execution', 'reconciliation') then
    raise exception 'events of kind % are written by the move itself', kind using errcode = '23514';
  end if;
  if kind !~ '^[a-z_]+(\.[a-z_]+)+$' then
    raise exception '`%` is not a kind of the form `thing.happened`', kind using errcode = '23514';
  end if;
  perform write_event(kind, actor, change, (select c.digest from changes c where c.id = change), body);
end $$;

revoke all on holdpoint.reconciliations from public;
revoke all on function holdpoint.guard_reconciliation, holdpoint.log_reconciliation from public;
grant select, insert (made_by, from_at, to_at, sources, looked_at, explained, exempt, elsewhere, unread, partial, unexplained, findings)
  on holdpoint.reconciliations to holdpoint_app;
