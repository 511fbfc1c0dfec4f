import Basics

/// The tensors of a program's archive: its parameters, buffers and constants, as views of the mapped bytes.
package struct Weights: Sendable {
    /// What a payload table says of one name.
    enum Entry: Sendable {
        case tensor(Program.TensorType, storage: ByteStorage)
        /// The bytes are a Python pickle, which is never opened.
        case pickled
        /// The member that the table names is not there.
        case missingMember(String)
    }

    /// Parameters and persistent buffers, by name.
    var weights: [String: Entry]
    /// Constants and buffers that are not persistent, by name.
    var constants: [String: Entry]

    /// The view that stands behind an input of the graph; nil for what the caller passes and for tokens.
    ///
    /// Refuses a pickled payload, a view that reaches outside its storage, and a layout that is not strided.
    package func tensor(for input: Program.InputKind) throws(PT2Error) -> TensorView? {
        switch input {
        case .parameter(let name), .buffer(let name, isPersistent: true): try view(name, in: weights)
        case .tensorConstant(let name), .buffer(let name, isPersistent: false): try view(name, in: constants)
        case .customObject(let name): throw .pickledPayload(name)
        case .token, .constant, .user: nil
        }
    }

    /// The names of both tables, sorted.
    package var names: [String] { (Array(weights.keys) + Array(constants.keys)).sorted() }

    private func view(_ name: String, in table: [String: Entry]) throws(PT2Error) -> TensorView {
        switch table[name] {
        case nil: throw .missingWeight(name)
        case .pickled: throw .pickledPayload(name)
        case .missingMember(let member): throw .missingMember(member)
        case .tensor(let type, let storage):
            guard type.layout == .strided else { throw .malformedTensor(name, .unsupportedLayout(type.layout.name)) }
            return try TensorView(
                name: name, scalarType: type.scalarType, sizes: try values(type.sizes, of: name),
                strides: try values(type.strides, of: name), storageOffset: try values([type.storageOffset], of: name)[0],
                storage: storage)
        }
    }

    private func values(_ integers: [SymbolicInteger], of name: String) throws(PT2Error) -> [Int] {
        var values: [Int] = []
        for integer in integers {
            guard let value = integer.hint else { throw .malformedTensor(name, .symbolic) }
            values.append(value)
        }
        return values
    }
}

extension Archive {
    /// Reads the two tables of a program's tensors. Tensors that share a storage share its bytes.
    package func weights(of program: Program) throws(PT2Error) -> Weights { try weights(ofProgram: program.name) }

    /// The weights of the program of this name, which is not read for them.
    package func weights(ofProgram name: String) throws(PT2Error) -> Weights {
        Weights(
            weights: try table(
                "data/weights/\(name)_weights_config.json", folder: "data/weights/", saved: layout.savedWeights(name)),
            constants: try table(
                "data/constants/\(name)_constants_config.json", folder: "data/constants/", saved: layout.savedConstants(name)))
    }

    /// The payload table `member`; in its absence what `torch.save` wrote to `saved`, as releases up to 2.8 did.
    private func table(_ member: String, folder: String, saved: String) throws(PT2Error) -> [String: Weights.Entry] {
        if !members.contains(member), members.contains(saved) || layout == .flat { return try savedTable(saved) }
        return try table(member, folder: folder)
    }

    private func savedTable(_ member: String) throws(PT2Error) -> [String: Weights.Entry] {
        let saved = try TorchSave(member: member, of: self)
        var named: [(name: String, tensor: Int)] = []
        do throws(PT2Error) {
            guard let found = try saved.namedTensors(saved.root) else {
                throw .malformedPickle(.notThis("it holds no dictionary of tensors"))
            }
            named = found
        } catch { throw .inMember(member, error) }
        var entries: [String: Weights.Entry] = [:]
        for (name, place) in named {
            let tensor = saved.heap.tensors[place]
            let type = Program.TensorType(
                tensor.scalarType, tensor.sizes.map { .constant($0) }, strides: tensor.strides.map { .constant($0) },
                storageOffset: .constant(tensor.storageOffset))
            entries[name] = .tensor(type, storage: tensor.bytes)
        }
        return entries
    }

    private func table(_ member: String, folder: String) throws(PT2Error) -> [String: Weights.Entry] {
        let storage = try verifiedBytes(of: member)
        defer { withExtendedLifetime(storage) {} }
        var storages: [String: ByteStorage] = [:]
        var entries: [String: Weights.Entry] = [:]
        for (name, payload) in try payloads(member, storage) {
            guard !payload.usesPickle, let type = payload.type else {
                entries[name] = .pickled
                continue
            }
            let path = folder + payload.path
            guard let bytes = storages[path] ?? bytes(of: path) else {
                entries[name] = .missingMember(path)
                continue
            }
            storages[path] = bytes
            entries[name] = .tensor(type, storage: bytes)
        }
        return entries
    }

    private func payloads(_ member: String, _ storage: ByteStorage) throws(PT2Error) -> [String: ProgramReader.Payload] {
        do {
            var reader = ProgramReader(storage)
            return try reader.payloadTable()
        } catch { throw PT2Error(error, in: member) }
    }
}

extension ProgramReader {
    /// An entry of a payload table.
    struct Payload {
        var path: String
        var usesPickle: Bool
        /// Absent for what is not a tensor.
        var type: Program.TensorType?
    }

    mutating func payloadTable() throws(JSONError) -> [String: Payload] {
        var table: [String: Payload] = [:]
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .config: table = try dictionary { (reader) throws(JSONError) in try reader.payload() }
            default: try json.skip()
            }
        }
        try json.finish()
        return table
    }

    private mutating func payload() throws(JSONError) -> Payload {
        var path: String?
        var payload = Payload(path: "", usesPickle: false, type: nil)
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .pathName: path = try json.string()
            case .usePickle: payload.usesPickle = try json.booleanOrNull()
            case .tensorMeta where json.consumeNull(): break
            case .tensorMeta: payload.type = try tensorType()
            default: try json.skip()
            }
        }
        payload.path = try required(path, .pathName, of: "a payload")
        return payload
    }
}
