-- Commands that the daemon runs on machines by Systems Manager: what exactly is to run, and how far it is. As before,
-- the daemon's role owns nothing, and what is a decision writes its event in its own transaction.

-- What is to run is written with the change, in the bytes whose SHA-256 the change's source names; the attempt at it is
-- the change's own. An execution is started by whoever claimed the change; any replica may follow it.
create table holdpoint.executions (
  change_id      text collate "C" primary key references holdpoint.changes,
  document       bytea not null check (length(document) between 2 and 8000000),
  execution_id   text check (length(execution_id) between 1 and 200),
  progress       text,
  -- Which daemon looks after it, and until when it may be silent.
  follower       text,
  followed_until timestamptz,
  looked_at      timestamptz,
  cancelled_by   text collate "C",
  cancelled_at   timestamptz,
  cancel_sent    boolean not null default false,
  constraint followed check ((follower is null) = (followed_until is null)),
  constraint cancelled check ((cancelled_by is null) = (cancelled_at is null) and (cancelled_by is not null or not cancel_sent))
);
create index changes_ssm on holdpoint.changes (state) where format = 'ssm' and state in ('allowed', 'approved', 'executing', 'unknown');

create trigger a_frozen before update of change_id, document on holdpoint.executions for each row
  execute function holdpoint.refuse('what is to run never changes');
create trigger a_started before update of execution_id on holdpoint.executions for each row
  when (old.execution_id is not null and new.execution_id is distinct from old.execution_id)
  execute function holdpoint.refuse('a change has one execution');
create trigger a_cancelled before update of cancelled_by, cancelled_at on holdpoint.executions for each row
  when (old.cancelled_by is not null and new.cancelled_by is distinct from old.cancelled_by)
  execute function holdpoint.refuse('it was cancelled already');
create trigger a_kept before delete on holdpoint.executions for each row
  execute function holdpoint.refuse('it is never deleted');
create trigger a_whole before truncate on holdpoint.executions for each statement
  execute function holdpoint.refuse('it is never emptied');

create function holdpoint.guard_execution() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$
declare c record;
begin
  select state, format, source into c from changes where id = new.change_id;
  if tg_op = 'INSERT' then
    if not found or c.format <> 'ssm' then
      raise exception 'the change % is not one of commands', new.change_id using errcode = '23514';
    end if;
    if c.source::jsonb ->> 'plan_sha256' is distinct from encode(sha256(new.document), 'hex') then
      raise exception 'this is not what the change % was judged by', new.change_id using errcode = '23514';
    end if;
    return new;
  end if;
  if new.execution_id is distinct from old.execution_id and c.state not in ('executing', 'unknown') then
    raise exception 'the change % is %, not carried out', new.change_id, c.state using errcode = '23514';
  end if;
  if new.cancelled_by is distinct from old.cancelled_by then
    if c.state <> 'executing' then
      raise exception 'the change % is %, not carried out', new.change_id, c.state using errcode = 'HP002';
    end if;
    new.cancelled_at := clock_timestamp();
  end if;
  return new;
end $$;
create trigger b_guard before insert or update of execution_id, cancelled_by on holdpoint.executions
  for each row execute function holdpoint.guard_execution();

create function holdpoint.log_execution() returns trigger
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if new.execution_id is distinct from old.execution_id then
    perform write_event('execution.started', 'holdpoint', new.change_id, null,
      jsonb_build_object('execution', new.execution_id)::text);
  end if;
  if new.cancelled_by is distinct from old.cancelled_by then
    perform write_event('execution.cancelled', new.cancelled_by, new.change_id, null, '{}');
  end if;
  return null;
end $$;
create trigger log after update of execution_id, cancelled_by on holdpoint.executions
  for each row execute function holdpoint.log_execution();

-- As in 0003, with the words of the new triggers.
create or replace function holdpoint.append_event(kind text, actor text, change text, body text) returns void
language plpgsql security definer set search_path = holdpoint, pg_temp as $$ begin
  if split_part(kind, '.', 1) in ('change', 'approval', 'agent', 'person', 'session', 'sign_in_link', 'freeze', 'aws_key', 'call',
      'execution') then
    raise exception 'events of kind % are written by the move itself', kind using errcode = '23514';
  end if;
  if kind !~ '^[a-z_]+(\.[a-z_]+)+$' then
    raise exception '`%` is not a kind of the form `thing.happened`', kind using errcode = '23514';
  end if;
  perform write_event(kind, actor, change, (select c.digest from changes c where c.id = change), body);
end $$;

revoke all on holdpoint.executions from public;
revoke all on function holdpoint.guard_execution, holdpoint.log_execution from public;
grant select, insert (change_id, document),
  update (execution_id, progress, follower, followed_until, looked_at, cancelled_by, cancel_sent)
  on holdpoint.executions to holdpoint_app;
