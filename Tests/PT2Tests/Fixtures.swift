import Basics
import PT2
import Testing

/// The captured programs that are kept with the sources.
enum Fixture {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }

    /// Small programs, each for one trait of the format.
    static let small = [
        "buffers", "constants", "data_dependent", "detections", "dynamic_batch", "inplace", "multi_output", "postprocessing", "selections",
        "storages",
        "tiny_attention", "tiny_cnn", "unsupported",
    ]

    /// Those with sizes that only the run knows.
    static let counted: Set<String> = ["data_dependent", "detections", "postprocessing", "selections"]

    static let networks = ["gazenet", "gazenet-edited", "handpose", "wakeword"]

    static func path(_ name: String, _ suffix: String = ".pt2") -> String {
        networks.contains(name) ? "\(root)/workspace-example/captured/\(name)\(suffix)" : "\(root)/Tests/Fixtures/\(name)\(suffix)"
    }

    static func archive(_ name: String) throws -> Archive { try Archive(mapping: path(name)) }
}
