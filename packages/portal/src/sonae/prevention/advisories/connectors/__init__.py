KNOWN = {}
def pull(*a, **k): raise NotImplementedError
