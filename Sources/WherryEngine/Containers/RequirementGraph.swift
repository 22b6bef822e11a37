package import WherryModel

/// Which containers need which, by ID; order and cycles. Pure.
package struct RequirementGraph: Sendable {
  /// What each one needs.
  package var edges: [ContainerID: [ContainerID]]

  package init(_ edges: [ContainerID: [ContainerID]]) { self.edges = edges }

  /// All that `start` needs, directly or not, those first that others need; without `start`.
  /// Nil where one needs itself: `cycle` says how.
  package func order(before start: ContainerID) -> [ContainerID]? {
    var walk = Walk(edges: edges)
    guard walk.visit(start) else { return nil }
    return walk.done.filter { $0 != start }
  }

  /// From `start` back to one that was passed already; nil where there is none.
  package func cycle(from start: ContainerID) -> [ContainerID]? {
    var walk = Walk(edges: edges)
    return walk.visit(start) ? nil : walk.path
  }

  /// `all` with what is needed first, else in their order. A cycle keeps its order.
  package func sorted(_ all: [ContainerID]) -> [ContainerID] {
    var walk = Walk(edges: edges)
    for id in all where !walk.visit(id) { walk.path = [] }
    let wanted = Set(all)
    let ordered = walk.done.filter(wanted.contains)
    let seen = Set(ordered)
    return ordered + all.filter { !seen.contains($0) }
  }

  private struct Walk {
    let edges: [ContainerID: [ContainerID]]
    var done: [ContainerID] = []
    var path: [ContainerID] = []
    private var finished: Set<ContainerID> = []

    init(edges: [ContainerID: [ContainerID]]) { self.edges = edges }

    /// False for a cycle, which `path` then ends with. As deep as there are containers in a row.
    mutating func visit(_ id: ContainerID) -> Bool {
      if finished.contains(id) { return true }
      let isCycle = path.contains(id)
      path.append(id)
      if isCycle { return false }
      for next in edges[id] ?? [] where !visit(next) { return false }
      _ = path.popLast()
      finished.insert(id)
      done.append(id)
      return true
    }
  }
}
