-- A client's next try may reach another replica, or the same one after a restart: what was sent is found by the client's
-- own id of the invocation.
create index calls_invocation on holdpoint.calls (invocation) where invocation is not null;

-- Whether something came to be by a requester's own call is asked of every call that endangers it.
create index calls_born on holdpoint.calls using gin (born) with (fastupdate = off) where born <> '{}';
