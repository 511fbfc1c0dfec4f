import FoundationEssentials

/// A network that `.ci/networks` has captured, with the edit of one of its layers.
struct CapturedNetwork {
    let name: String
    let archive: String
    /// The same network with one block of another width.
    let editedArchive: String
    /// PyTorch's inputs and answers.
    let reference: String
    /// How long torch.export took, where the capture recorded it.
    let exportSeconds: Double?

    /// Nil when the archive, its edit or its reference is missing.
    init?(name: String, folder: String) {
        self.name = name
        archive = "\(folder)/\(name).pt2"
        editedArchive = "\(folder)/\(name).edited.pt2"
        reference = "\(folder)/\(name).safetensors"
        guard [archive, editedArchive, reference].allSatisfy(FileManager.default.fileExists) else { return nil }
        exportSeconds = CapturedNetwork.timings(in: folder)[name]?.exportSeconds
    }

    /// `timings.json`, written at capture: `{"resnet18": {"export_seconds": 1.34}}`.
    private struct Timing: Decodable {
        let exportSeconds: Double

        private enum CodingKeys: String, CodingKey {
            case exportSeconds = "export_seconds"
        }
    }

    private static func timings(in folder: String) -> [String: Timing] {
        guard let data = FileManager.default.contents(atPath: folder + "/timings.json") else { return [:] }
        return (try? JSONDecoder().decode([String: Timing].self, from: data)) ?? [:]
    }
}
