import WherryWire

extension EndpointRecord {
  /// The endpoints, each with the name of its interface in the container: the one it has, else a free one, counted
  /// from its place as records without names were. Pure.
  static func named(_ endpoints: [EndpointRecord]) -> [EndpointRecord] {
    var taken = Set(endpoints.compactMap(\.interface))
    return endpoints.enumerated().map { index, endpoint in
      guard endpoint.interface == nil else { return endpoint }
      var named = endpoint
      // As many names as there are endpoints, and one more: one of them is free.
      let candidates = [index] + Array(0...endpoints.count)
      let free = candidates.lazy.map { "eth\($0)" }.first { !taken.contains($0) }
      named.interface = free
      if let free { taken.insert(free) }
      return named
    }
  }
}
