//! What the user named becomes listings. Only here: rmcp, reqwest, walkdir.
