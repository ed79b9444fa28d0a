"""What the command line answers."""

from workbench.cli.main import main


def printed(capsys):
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys, *arguments, code=1):
    """Message of a refusal, after checking that it is one."""
    assert main([str(a) for a in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("snn-workbench: ")
    assert "Traceback" not in err
    return err
