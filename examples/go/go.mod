module org-connections

go 1.25.6

require github.com/pulumi/pulumi/sdk/v3 v3.276.0
