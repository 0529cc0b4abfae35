-- The ids that senders may repeat are looked for among the newest envelopes of a log, which the writer keeps in memory:
-- an index of random ids made every message write a second page.
DROP INDEX envelope_by_idempotency;
