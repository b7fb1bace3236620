import { Hono } from "hono";
import { authorize, forbidden, notFound, resource, unauthorized } from "./http.ts";
import { type Org, type User, uuidFrom } from "./orgs.ts";
import type { Grant, Store } from "./store.ts";

/** The other endpoints: the owner of the credentials, users, and managed orgs. */
export function usersAndOrgs(store: Store): Hono {
  const app = new Hono();
  app.get("/validate", (c) => {
    const apiKey = c.req.header("dd-api-key");
    if (apiKey === undefined) throw unauthorized(); // a guess
    const orgId = store.orgIdOfApiKey(apiKey);
    if (orgId === undefined) throw forbidden();
    const attributes = { valid: true, api_key_id: `key-${apiKey.slice(-4)}`, api_key_scopes: [] };
    return c.json({ data: resource("validate_v2", orgId, attributes) });
  });
  app.get("/current_user", (c) => {
    const { isComplete, grant } = store.identify(c.req.header());
    if (!isComplete) throw unauthorized();
    if (!grant?.identifies) throw forbidden();
    return c.json(currentUserDocument(store.org(grant.user.orgId), grant));
  });
  app.get("/users/:id", (c) => {
    const { org, canReadUsers } = authorize(store, c, ["write", "read", "none"]);
    if (!canReadUsers) throw forbidden();
    const user = store.findUser(c.req.param("id").toLowerCase());
    if (user?.orgId !== org.id) throw notFound();
    return c.json({ data: userDocument(user) });
  });
  app.get("/org", (c) => {
    const { org } = authorize(store, c, ["write", "read", "none"]);
    const managed = store.managedOrgs(org);
    // A guess: how an org is answered that manages none, and which names match the filter.
    if (!managed) throw forbidden();
    const filter = (c.req.query("filter[name]") ?? "").toLowerCase();
    const found = managed.filter(({ name }) => name.toLowerCase().includes(filter));
    const relationships = {
      current_org: { data: reference("orgs", org.id) },
      managed_orgs: { data: found.map(({ id }) => reference("orgs", id)) },
    };
    return c.json({
      data: { ...reference("managed_orgs", org.id), relationships },
      included: found.map(orgDocument),
    });
  });
  return app;
}

/** A guess: the permissions are those of the credentials, not all of the user's. */
function currentUserDocument(org: Org, { user, access, canReadUsers }: Grant) {
  const permissions = [
    "dashboards_read",
    ...(canReadUsers ? ["user_access_read"] : []),
    ...(access === "none" ? [] : ["org_connections_read"]),
    ...(access === "write" ? ["org_connections_write"] : []),
  ];
  return {
    data: userDocument(user),
    included: [
      orgDocument(org),
      resource("roles", roleId(org.id), { name: "Datadog Admin Role" }),
      ...permissions.map((name) => resource("permissions", uuidFrom(name), { name })),
    ],
  };
}

function userDocument({ id, orgId, name, handle, isServiceAccount, status }: User) {
  const attributes = {
    name,
    handle,
    email: handle,
    service_account: isServiceAccount,
    disabled: status === "Disabled",
    status,
  };
  const relationships = {
    org: { data: reference("orgs", orgId) },
    roles: { data: [reference("roles", roleId(orgId))] },
  };
  return { ...resource("users", id, attributes), relationships };
}

function orgDocument({ id, name }: Org) {
  const public_id = uuidFrom(`public id of ${id}`).slice(0, 8);
  return resource("orgs", id, { name, public_id, disabled: false });
}

const reference = (type: string, id: string) => ({ type, id });

const roleId = (orgId: string) => uuidFrom(`role of ${orgId}`);
