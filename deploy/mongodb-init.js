// Makes the replica set of one member and DataCube's user; running it again changes nothing.
const { MONGODB_ROOT_PASSWORD, MONGODB_PASSWORD } = process.env;
const address = "mongodb:27017";
const connection = new Mongo(
  `mongodb://root:${encodeURIComponent(MONGODB_ROOT_PASSWORD)}@${address}/admin?directConnection=true`,
);
const admin = connection.getDB("admin");

const ALREADY_INITIALIZED = 23;
try {
  admin.adminCommand({
    replSetInitiate: { _id: "datacube", members: [{ _id: 0, host: address }] },
  });
} catch (error) {
  if (error.code !== ALREADY_INITIALIZED) throw error;
}
while (!admin.adminCommand({ hello: 1 }).isWritablePrimary) sleep(200);

// Databases are made as tenants make them, so the user's rights are not tied to one; it may not administer users.
const roles = ["readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor", "datacubeSessions"];
// It ends the transactions that killed processes of its host left open.
const privileges = [{ "resource": { "cluster": true }, "actions": ["killAnySession"] }];
if (admin.getRole("datacubeSessions") === null) {
  admin.createRole({ role: "datacubeSessions", privileges, roles: [] });
}
if (admin.getUser("datacube") === null) {
  admin.createUser({ user: "datacube", pwd: MONGODB_PASSWORD, roles });
} else {
  admin.updateUser("datacube", { pwd: MONGODB_PASSWORD, roles });
}
print("MongoDB is ready for DataCube.");
