import com.pulumi.Context;
import com.pulumi.automation.LocalWorkspace;
import com.pulumi.automation.PreviewOptions;
import com.pulumi.core.Output;
import com.pulumi.core.annotations.*;
import com.pulumi.resources.*;
import java.util.List;

/** Does the operation of the first argument. */
class Program {
  public static void main(String[] args) throws Exception {
    var stack = LocalWorkspace.createOrSelectStack("consumer", "consumer", Program::declare);
    if (List.of(args).contains("--refresh")) stack.refresh();
    switch (args[0]) {
      case "up" -> System.out.println("'sink': '%s'".formatted(stack.up().outputs().get("sink").value()));
      case "preview" -> stack.preview(PreviewOptions.builder().expectNoChanges(true).build());
      case "destroy" -> stack.destroy();
    }
    System.exit(0);
  }

  static void declare(Context context) {
    var toHub = new OrgConnection("to-hub", new OrgConnectionArgs(System.getenv("HUB")));
    context.export("sink", toHub.sinkOrgName);
  }
}

@ResourceType(type = "datadog-org-connections:index:OrgConnection")
class OrgConnection extends CustomResource {
  @Export(name = "sinkOrgName", refs = {String.class}, tree = "[0]")
  Output<String> sinkOrgName;

  OrgConnection(String name, OrgConnectionArgs args) {
    super("datadog-org-connections:index:OrgConnection", name, args, CustomResourceOptions.Empty);
  }
}

class OrgConnectionArgs extends ResourceArgs {
  @Import(name = "sinkOrgId", required = true)
  private final Output<String> sinkOrgId;

  @Import(name = "connectionTypes", required = true)
  private final Output<List<String>> connectionTypes = Output.of(List.of("logs"));

  OrgConnectionArgs(String sinkOrgId) {
    this.sinkOrgId = Output.of(sinkOrgId);
  }
}
