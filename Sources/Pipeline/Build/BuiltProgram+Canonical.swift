import Basics

extension BuiltProgram.Kernel: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(key)
        encoder.append(code)
        encoder.append(source)
        encoder.append(codeBytes)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            name: try decoder.string(), key: try Fingerprint(from: &decoder), code: try Fingerprint(from: &decoder),
            source: try decoder.optional(SourcePosition.self), codeBytes: try decoder.int())
    }
}

extension BuiltProgram.Step: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(kernel)
        for count in [cycles, dramReadBytes, dramWriteBytes] { encoder.append(count) }
        encoder.append(binding)
        encoder.append(feeds)
        encoder.append(source)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            name: try decoder.string(), kernel: try decoder.optional(Int.self), cycles: try decoder.int(),
            dramReadBytes: try decoder.int(), dramWriteBytes: try decoder.int(), binding: try Fingerprint(from: &decoder),
            feeds: try decoder.array(), source: try decoder.optional(SourcePosition.self))
    }
}

extension BuiltProgram.Step.Feed: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operand)
        encoder.append(step)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(operand: try decoder.int(), step: try decoder.int())
    }
}

extension BuiltProgram.HostOperator: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operation)
        encoder.append(node)
        encoder.append(source)
        encoder.append(reason)
        for count in [macs, bytesToHost, bytesFromHost, boundaryCycles, savedCycles] { encoder.append(count) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            operation: try decoder.string(), node: try decoder.string(), source: try decoder.optional(SourcePosition.self),
            reason: try decoder.string(), macs: try decoder.int(), bytesToHost: try decoder.int(), bytesFromHost: try decoder.int(),
            boundaryCycles: try decoder.int(), savedCycles: try decoder.int())
    }
}

extension ProgramTiming: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        for count in [cycles, clockHertz, macs, hostMacs, peakMacs, sramPeakBytes, sramPeakStep, dramReadBytes, dramWriteBytes] {
            encoder.append(count)
        }
        encoder.append(energyPicojoules)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        cycles = try decoder.int()
        clockHertz = try decoder.int()
        macs = try decoder.int()
        hostMacs = try decoder.int()
        peakMacs = try decoder.int()
        sramPeakBytes = try decoder.int()
        sramPeakStep = try decoder.int()
        dramReadBytes = try decoder.int()
        dramWriteBytes = try decoder.int()
        energyPicojoules = try decoder.double()
    }
}

extension BuiltProgram: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(imageDigest)
        encoder.append(imageBytes)
        encoder.append(kernels)
        encoder.append(steps)
        encoder.append(subgraphs)
        encoder.append(constants)
        encoder.append(hostOperators)
        encoder.append(timing)
        encoder.append(weightsBytes)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            imageDigest: try Fingerprint(from: &decoder), imageBytes: try decoder.int(), kernels: try decoder.array(),
            steps: try decoder.array(), subgraphs: try decoder.int(), constants: try decoder.int(), hostOperators: try decoder.array(),
            timing: try ProgramTiming(from: &decoder), weightsBytes: try decoder.int())
    }
}
