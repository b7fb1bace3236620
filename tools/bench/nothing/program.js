// Programs get the real classes: those of the package that is installed one project further up.
module.exports = require("../../../node_modules/pulumi-datadog-org-connections");
