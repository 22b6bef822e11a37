import WherryEngine
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func containerWhy(
    _ params: ContainerWhyParams, context: CallContext
  ) async throws -> ContainerWhyResult {
    try await serve(context, params.container) {
      let explanation = try await engine.containers.why(params.container)
      return ContainerWhyResult(
        answer: explanation.answer,
        facts: explanation.facts.map { ContainerFact(name: $0.key, value: $0.value) })
    }
  }

  package func containerHealthCheck(
    _ params: ContainerHealthCheckParams, context: CallContext
  ) async throws -> ContainerHealthCheckResult {
    try await serve(context, params.container) {
      try await engine.containers.healthChanged(params.container)
      return ContainerHealthCheckResult()
    }
  }
}
