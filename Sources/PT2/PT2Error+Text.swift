import Basics

// The words for each problem; `PT2Error+Diagnostic.swift` puts them together.

extension PT2Error.ArchiveProblem {
    var text: String {
        switch self {
        case .severalDisks: "it claims to be a part of several"
        case .contradictoryDirectory(let reason): "its directory cannot be right: \(reason)"
        case .entry(let offset, let reason): "at byte \(offset) of its directory: \(reason)"
        case .member(let name, let reason): "member '\(name)': \(reason)"
        case .overlap(let name, let other): "members '\(name)' and '\(other)' overlap"
        case .duplicate(let name): "it has two members '\(name)'"
        case .name(let name, let reason): "the member name '\(PT2Error.printable(name))' is not allowed: \(reason)"
        case .noRootFolder(let name): "member '\(name)' does not lie in the folder of the others"
        case .empty: "it has no members"
        }
    }
}

extension PT2Error {
    /// The beginning of a name with what a terminal would obey taken out.
    static func printable(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
    }
}

extension PT2Error.UnsupportedArchive {
    var message: String {
        switch self {
        case .format(let format): "the archive's format is '\(format)', not 'pt2'"
        case .version(let version): "the archive's version is '\(version)'; only '0' is read"
        case .byteOrder(let order): "the archive's byte order is '\(order)'; only 'little' is read"
        case .savedByTorchSave: "the file was written by torch.save or torch.jit.save: it holds no exported program"
        case .plainPickle: "the file was written by torch.save of PyTorch 1.5 or earlier, or without its ZIP format"
        case .torchScript: "the file holds a TorchScript program, which is never opened"
        case .noProgram: "the archive holds no program"
        }
    }

    var help: String {
        switch self {
        case .byteOrder: "export the model again on a little-endian machine"
        case .plainPickle: "load it in PyTorch and save its state dictionary again, best with safetensors"
        case .torchScript: "save the state dictionary of the model instead, best with safetensors"
        case .savedByTorchSave, .noProgram: "export the model with torch.export.export and torch.export.save"
        case .format, .version: "update reglaze, or export the model again with PyTorch 2.9 or later"
        }
    }
}

extension PT2Error.ProgramProblem {
    var text: String {
        switch self {
        case .undefinedValue(let name, let place): "'\(name)' is used by \(place) before it is defined"
        case .redefinedValue(let name): "'\(name)' is defined twice"
        case .untypedValue(let name): "tensor '\(name)' has no type"
        case .signatureLength(let what, let specified, let present):
            "the signature describes \(specified) \(what), the graph has \(present)"
        case .signatureName(let what, let specified, let present):
            "among the \(what) the signature names '\(specified)' where the graph has '\(present)'"
        }
    }
}

extension PT2Error.TensorProblem {
    var text: String {
        switch self {
        case .rank(let sizes, let strides): "has \(sizes) sizes and \(strides) strides; both must be equal and at most \(Limits.rank)"
        case .negative: "has a negative size, stride or offset"
        case .symbolic: "has a symbolic size without a value"
        case .tooLarge: "is too large"
        case .unsupportedElementType(let type): "has the element type \(type), which is not supported"
        case .unsupportedLayout(let layout): "has the layout \(layout); only strided tensors are supported"
        }
    }

    var help: String {
        switch self {
        case .rank, .negative, .symbolic, .tooLarge: "export the model again"
        case .unsupportedElementType: "convert the tensor to a supported element type before torch.export"
        case .unsupportedLayout: "call .to_dense() on the tensor before torch.export"
        }
    }
}

extension PT2Error.SafetensorsProblem {
    var message: String {
        switch self {
        case .truncated: "the safetensors file is cut short"
        case .headerLength(let length): "the safetensors header claims to have \(length) bytes"
        case .header(let error): "in the safetensors header: \(error.message) (byte \(error.offset))"
        case .elementType(let type, let tensor): "tensor '\(tensor)' has the unknown element type '\(type)'"
        case .shape(let tensor): "tensor '\(tensor)' has another number of bytes than its shape needs"
        case .range(let tensor): "tensor '\(tensor)' reaches outside the file"
        case .gap(let offset): "the tensors do not cover the file's data exactly (byte \(offset))"
        case .missing(let name): "the file has no tensor '\(name)'"
        }
    }
}

extension JSONError {
    var code: DiagnosticCode {
        switch problem {
        case .unexpectedEnd, .expected, .nestedTooDeeply, .numberOutOfRange: .malformedJSON
        case .unknownCode: .unknownElementType
        case .expression: .malformedExpression
        default: .malformedProgram
        }
    }

    var message: String {
        switch problem {
        case .unexpectedEnd: "the JSON text is cut short"
        case .expected(let what): "the JSON text is broken: it lacks \(what)"
        case .nestedTooDeeply: "the JSON text is nested more than \(Limits.jsonDepth) deep"
        case .numberOutOfRange: "a number is outside the range of 64-bit integers"
        case .missingField(let field, let object): "\(object) has no '\(field.rawValue)'"
        case .unknownKind(let kind, let union): "'\(kind)' is not a known kind of \(union)"
        case .missingKind(let union): "a value does not say what kind of \(union) it is"
        case .severalKinds(let union): "a value claims to be several kinds of \(union)"
        case .unknownCode(let code, let what): "\(code) is not a known \(what)"
        case .tooManyDimensions: "a tensor has more than \(Limits.rank) dimensions"
        case .duplicateName(let name): "'\(name)' occurs twice"
        case .treeSpecification: "the nesting of arguments cannot be read"
        case .expression(let text, let problem): "the symbolic size '\(text.prefix(120))' \(problem.text)"
        }
    }

    func notes(in member: String) -> [String] {
        let place = ["at byte \(offset) of '\(member)'"]
        return context.isEmpty ? place : ["in \(context.joined(separator: " of "))"] + place
    }

    var help: String {
        switch problem {
        case .unexpectedEnd, .expected, .nestedTooDeeply, .numberOutOfRange:
            "copy or download the file again, or export the model again"
        case .unknownKind, .unknownCode: "update reglaze if a newer PyTorch wrote the file, else export the model again"
        default: "export the model again with PyTorch 2.9 or later"
        }
    }
}

extension ExpressionProblem {
    var text: String {
        switch self {
        case .tooLong: "is longer than \(Limits.expressionBytes) bytes"
        case .nestedTooDeeply: "is nested more than \(Limits.expressionDepth) deep"
        case .expected(let what, let offset): "cannot be read: at byte \(offset) it lacks \(what)"
        case .numberOutOfRange: "goes beyond the range of 64-bit integers"
        case .divisionByZero: "divides by zero"
        case .unknownFunction(let name): "uses the unknown function '\(name)'"
        case .unknownSymbol(let name): "uses '\(name)', which has no value"
        case .wrongArguments(let name): "gives '\(name)' arguments that it does not take"
        case .notAnInteger: "is not an integer"
        case .contradictsHint(let hint, let computed): "comes to \(computed), but was \(hint) at capture"
        }
    }
}

extension PickleProblem {
    var message: String {
        switch self {
        case .tooLong(let count): "a pickle has \(count) bytes; at most \(Limits.pickleBytes) are read"
        case .unexpectedEnd: "a pickle is cut short"
        case .opcode(let opcode, let offset): "a pickle has the instruction \(opcode) at byte \(offset), which only objects need"
        case .malformed(let what, let offset): "a pickle is damaged: \(what) (byte \(offset))"
        case .symbol(let name): "a pickle holds '\(PT2Error.printable(name))'"
        case .missingStorage(let key): "a pickle names the storage '\(PT2Error.printable(key))', which is not there"
        case .notThis(let what): "a pickle was read, but \(what)"
        }
    }

    var notes: [String] {
        switch self {
        case .symbol, .opcode:
            ["pickles are read as data and nothing in them is ever called; only plain tensors, containers and numbers are known"]
        default: []
        }
    }

    var help: String {
        switch self {
        case .symbol, .opcode:
            "keep only tensors: save the state dictionary, lower tensor subclasses, remove custom objects; or export again"
        case .tooLong, .notThis: "save the model's state dictionary, best with safetensors, or export the model again"
        default: "copy or download the file again, or export the model again"
        }
    }

    var code: DiagnosticCode {
        switch self {
        case .symbol, .opcode: .pickledObject
        default: .malformedPickle
        }
    }
}
