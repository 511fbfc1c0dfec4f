/// Where an archive keeps its parts. Recognised by members, never by version numbers: they were written by many releases.
package enum ArchiveLayout: Hashable, Sendable {
    /// PyTorch 2.7 and earlier: one program, all members side by side, tensors in members that `torch.save` wrote.
    case flat
    /// PyTorch 2.8 and later: programs, weights and constants in folders; 2.8 kept tensors in members that `torch.save` wrote.
    case folders

    static let flatProgram = "serialized_exported_program.json"

    /// The name of the program that a member holds, or nil. The flat layout has no names; `torch.export.save` of later releases says `model`.
    func programName(_ member: String) -> String? {
        switch self {
        case .flat: return member == Self.flatProgram ? "model" : nil
        case .folders:
            guard member.hasPrefix("models/"), member.hasSuffix(".json") else { return nil }
            let name = member.dropFirst(7).dropLast(5)
            return name.isEmpty || name.contains("/") ? nil : String(name)
        }
    }

    func programMember(_ name: String) -> String {
        switch self {
        case .flat: name == "model" ? Self.flatProgram : "models/\(name).json"
        case .folders: "models/\(name).json"
        }
    }

    /// Parameters and persistent buffers, as `torch.save` wrote them.
    func savedWeights(_ name: String) -> String {
        switch self {
        case .flat: "serialized_state_dict.pt"
        case .folders: "data/weights/\(name).pt"
        }
    }

    /// Constants and buffers that are not persistent, as `torch.save` wrote them.
    func savedConstants(_ name: String) -> String {
        switch self {
        case .flat: "serialized_constants.pt"
        case .folders: "data/constants/\(name).pt"
        }
    }

    func sampleInputs(_ name: String) -> String {
        switch self {
        case .flat: "serialized_example_inputs.pt"
        case .folders: "data/sample_inputs/\(name).pt"
        }
    }

    var extraFolder: String {
        switch self {
        case .flat: "extra_files/"
        case .folders: "extra/"
        }
    }

    func holdsTensors(_ member: String) -> Bool {
        switch self {
        case .flat: member == savedWeights("model") || member == savedConstants("model")
        case .folders: member.hasPrefix("data/weights/") || member.hasPrefix("data/constants/")
        }
    }
}
