from workbench.bench import processor


def test_the_processor_is_named(monkeypatch, tmp_path):
    assert processor.processor_name()
    file = tmp_path / "cpuinfo"
    file.write_text("processor : 0\nmodel name\t: Made  Here 9000 \nflags : a b\n")
    monkeypatch.setattr(processor, "_CPUINFO", file)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert processor.processor_name() == "Made Here 9000"


def test_without_a_name_the_architecture_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "missing")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert processor.processor_name() == "riscv64"
