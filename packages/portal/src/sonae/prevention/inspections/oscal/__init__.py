"""Results of a self-check or a visit as OSCAL documents: `facts` say what was found, `compose` writes it down."""
